"""JSON Schemas of unknown authors: checked and used by a library whose time grows with the text alone."""

from functools import lru_cache
from typing import Any, Final

import jsonschema_rs
import orjson

from app.domain.errors import Invalid

KEPT: Final = 100  # schemas, compiled
LARGEST: Final = 100_000  # bytes of a schema
TOLD: Final = 5  # places of an answer that break the schema
LONGEST_TOLD: Final = 100  # characters of a place, and of what is asked there
# Keywords of which the schema's own word may be told: none of them holds anything of the answer.
ASKED: Final = {
    "required": "property",
    "type": "types",
    "enum": "options",
    "const": "expected_value",
    "pattern": "pattern",
    "format": "format",
    "multipleOf": "multiple_of",
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), "limit"),
    **dict.fromkeys(("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"), "limit"),
}


def check(schema: object, field: str) -> None:
    """Raises Invalid when it is not a JSON Schema (2020-12 unless it names another) or refers outside of itself."""
    if not isinstance(schema, dict):
        raise Invalid("a JSON Schema is a JSON object", field=field)
    try:
        validator(schema)
    except Invalid as error:
        raise Invalid(error.message, field=field) from None


def violation(text: str, schema: object) -> str | None:
    """Why the text is not JSON under the schema: the places and the rules, never a value. None when it is.

    Raises Invalid for what is no schema.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return f"not JSON: line {error.lineno}, column {error.colno}"
    rules = validator(schema)
    if rules.is_valid(value):
        return None
    told = []
    words = orjson.dumps(schema).decode()
    for fault in rules.iter_errors(value):
        told.append(f"at {_place(fault.instance_path, words)}: {_rule(fault)}")
        if len(told) == TOLD:
            break
    return "; ".join(told)


def validator(schema: object) -> jsonschema_rs.Validator:
    """The compiled schema, kept. Raises Invalid, with no field, for what is no schema or refers outside of itself."""
    try:
        return _compiled(orjson.dumps(schema, option=orjson.OPT_SORT_KEYS))
    except orjson.JSONEncodeError:
        raise Invalid("no JSON Schema: it is not JSON", field="") from None


@lru_cache(maxsize=KEPT)
def _compiled(text: bytes) -> jsonschema_rs.Validator:
    if len(text) > LARGEST:
        raise Invalid(f"a JSON Schema has at most {LARGEST} bytes", field="")
    schema = orjson.loads(text)
    try:
        kind = (
            jsonschema_rs.validator_cls_for(schema) if isinstance(schema, dict) else jsonschema_rs.Draft202012Validator
        )
        return kind(schema, retriever=_nowhere, pattern_options=jsonschema_rs.RegexOptions())
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        message = getattr(error, "message", None) or str(error)
        raise Invalid(f"no JSON Schema: {message.splitlines()[0][:200]}", field="") from None


def _nowhere(_: str) -> Any:
    """A schema holds all that it refers to: nobody may make this server fetch an address. Any, as the library says."""
    raise ValueError("references lead out of the schema")


def _place(path: list[str | int], words: str) -> str:
    """The place as people write it; a name that does not stand in the schema is the answer's own, and not told."""
    told = "$"
    for part in path:
        known = isinstance(part, str) and f'"{part}"' in words
        told += f"[{part}]" if isinstance(part, int) else f".{part}" if known else ".*"
    return told[:LONGEST_TOLD]


def _rule(error: jsonschema_rs.ValidationError) -> str:
    keyword = error.kind.name
    asked = error.kind.as_dict().get(ASKED.get(keyword, ""))
    if asked is None:
        return f"{keyword} does not hold"
    return f"{keyword} {orjson.dumps(asked).decode()[:LONGEST_TOLD]} does not hold"

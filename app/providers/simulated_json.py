"""The smallest value that a JSON Schema allows, as far as its common words go."""

from collections.abc import Mapping

MAX_DEPTH = 16


def example(schema: object, depth: int = 0) -> object:
    """A value for the schema: its first enum, const, default or example, else the emptiest value of its type.

    Words understood: type, enum, const, default, properties, required, items, minItems, minimum, minLength, anyOf,
    oneOf, allOf. A schema deeper than 16 levels ends in null.
    """
    if not isinstance(schema, Mapping) or depth > MAX_DEPTH:
        return None
    for word in ("const", "default"):
        if word in schema:
            return schema[word]
    for word in ("enum", "examples"):
        if isinstance(schema.get(word), list) and schema[word]:
            return schema[word][0]
    for word in ("anyOf", "oneOf", "allOf"):
        if isinstance(schema.get(word), list) and schema[word]:
            return example(schema[word][0], depth + 1)
    kind = schema.get("type", "object")
    return _of_type(kind[0] if isinstance(kind, list) and kind else kind, schema, depth)


def _of_type(kind: object, schema: Mapping[str, object], depth: int) -> object:
    match kind:
        case "object":
            properties = schema.get("properties")
            known = properties if isinstance(properties, Mapping) else {}
            required = schema.get("required")
            names = required if isinstance(required, list) else list(known)
            return {name: example(known.get(name), depth + 1) for name in names if isinstance(name, str)}
        case "array":
            return [example(schema.get("items"), depth + 1)] * _count(schema.get("minItems"))
        case "string":
            return "x" * _count(schema.get("minLength"))
        case "integer" | "number":
            least = schema.get("minimum", 0)
            return least if isinstance(least, (int, float)) else 0
        case "boolean":
            return False
        case _:
            return None


def _count(value: object) -> int:
    return min(value, 1000) if isinstance(value, int) and value > 0 else 0

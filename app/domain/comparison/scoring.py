"""One answer is scored 0…1 by a rule alone, without asking any model."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.comparison.comparison import Input, Scoring
from app.domain.comparison.found_json import found_json, same_json
from app.domain.errors import Invalid
from app.domain.scoring import RULES, read_integer
from app.domain.scoring import score as score_by_label


@dataclass(frozen=True, slots=True)
class Checks:
    """What the domain itself holds no library for, told by whoever does.

    `allows`: whether a JSON Schema (first) allows a value (second). `finds`: whether a pattern (first) matches any part
    of a text (second). Both raise Invalid for what they cannot use, with no field.
    """

    allows: Callable[[object, object], bool]
    finds: Callable[[str, str], bool]


_NAMED: Final = 10  # inputs that a refusal names
_NUMBER: Final = re.compile(
    r"(?<![\w.,])[-+]?(?:\d{1,300}(?:,\d{3}){0,100}(?:\.\d{1,300})?|\.\d{1,300})(?:[eE][-+]?\d{1,3})?(?!\d|[.,]\d)"
)


def score_of(answer: str, reference: str | None, scoring: Scoring, *, checks: Checks) -> float:
    """1.0 when the answer is right by the rule, else 0.0; never another number by these rules.

    `exact`, `label` and `first_integer` compare as `app.domain.scoring` does. `contains`: the reference stands in the
    answer, letter case and white space aside; a number not as part of a longer one. `regex`: the pattern is found
    anywhere. `numeric`: the answer's first decimal number lies within `tolerance` of the reference's. `json_equal`: the
    JSON in the answer is the reference's value. `json_schema`: the JSON in the answer is allowed by the schema. For
    `regex` and `json_schema` the scoring's `expected` goes before the input's reference, for all others the input's
    goes first. Raises Invalid when there is neither, or what there is cannot be used.
    """
    wanted = wanted_of(reference, scoring)
    if wanted is None:
        raise Invalid("reference missing", field="reference")
    match scoring.rule:
        case "contains":
            return float(_contains(_folded(answer), _folded(wanted)))
        case "regex":
            return float(checks.finds(wanted, answer))
        case "numeric":
            return float(_near(answer, wanted, scoring.tolerance))
        case "json_equal":
            found, right = found_json(answer), found_json(wanted)
            return float(bool(found and right) and same_json(found[0], right[0]))
        case "json_schema":
            return float(_allowed(answer, wanted, checks))
        case _:
            return score_by_label(answer, wanted, rule=scoring.rule)


def wanted_of(reference: str | None, scoring: Scoring) -> str | None:
    """What an answer is compared with, of the input's own reference and the scoring's `expected`; None without both."""
    both = (scoring.expected, reference) if scoring.rule in ("regex", "json_schema") else (reference, scoring.expected)
    return next((text for text in both if text is not None), None)


def check_scoring(scoring: Scoring, inputs: Sequence[Input], *, checks: Checks) -> None:
    """Raises Invalid, naming the field, when an input could not be scored by this rule, or the rule is unknown."""
    if scoring.rule not in RULES and scoring.rule not in _USABLE:
        raise Invalid(
            f"no scoring rule {scoring.rule!r}; there are {', '.join({**RULES, **_USABLE})}", field="scoring.rule"
        )
    if not 0 <= scoring.tolerance < math.inf:
        raise Invalid("a finite number of at least 0 is expected", field="scoring.tolerance")
    lacking = [at for at, given in enumerate(inputs) if wanted_of(given.reference, scoring) is None]
    if lacking:
        numbers = ", ".join(str(inputs[at].number) for at in lacking[:_NAMED])
        more = f" and {len(lacking) - _NAMED} more" if len(lacking) > _NAMED else ""
        raise Invalid(f"reference missing: inputs {numbers}{more}", field=f"inputs[{lacking[0]}].reference")
    check, seen = _USABLE.get(scoring.rule), set[str]()
    for at, given in enumerate(inputs):
        wanted = wanted_of(given.reference, scoring)
        if check and wanted is not None and wanted not in seen:
            seen.add(wanted)
            check(wanted, "scoring.expected" if wanted is scoring.expected else f"inputs[{at}].reference", checks)


def read_number(text: str) -> float | None:
    """The first decimal number in the text (`-1,200.5`, `3e8`), finite; None without. Digits in words are not read."""
    found = _NUMBER.search(text.replace("\N{MINUS SIGN}", "-"))
    number = float(found[0].replace(",", "")) if found else math.inf
    return number if math.isfinite(number) else None


def _near(answer: str, wanted: str, tolerance: float) -> bool:
    """Within `tolerance` times the reference's size, or within `tolerance` itself of a reference of 0."""
    found, right = read_number(answer), read_number(wanted)
    return found is not None and right is not None and abs(found - right) <= tolerance * (abs(right) or 1.0)


def _contains(answer: str, wanted: str) -> bool:
    at = answer.find(wanted) if wanted else -1
    while at >= 0:
        end = at + len(wanted)
        if not (_one_number(answer[at - 1 : at], wanted[0]) or _one_number(answer[end : end + 1], wanted[-1])):
            return True
        at = answer.find(wanted, at + 1)
    return False


def _one_number(beyond: str, edge: str) -> bool:
    return beyond.isdigit() and edge.isdigit()


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _allowed(answer: str, schema: str, checks: Checks) -> bool:
    found, wanted = found_json(answer), _schema(schema, "scoring.expected", checks)
    return bool(found) and checks.allows(wanted, found[0])


def _schema(text: str, field: str, checks: Checks) -> object:
    found = found_json(text)
    if not found or not isinstance(found[0], dict | bool):
        raise Invalid("a JSON Schema is a JSON object, or true or false", field=field)
    _tried(lambda: checks.allows(found[0], None), field)
    return found[0]


def _some_json(text: str, field: str, _: Checks) -> object:
    found = found_json(text)
    if not found:
        raise Invalid("JSON is expected", field=field)
    return found[0]


def _some_number(text: str, field: str, _: Checks) -> object:
    if not _NUMBER.fullmatch(text.strip().replace("\N{MINUS SIGN}", "-")) or read_number(text) is None:
        raise Invalid("a decimal number is expected", field=field)
    return None


def _some_integer(text: str, field: str, _: Checks) -> object:
    if read_integer(text) is None:
        raise Invalid("a whole number is expected", field=field)
    return None


def _some_text(text: str, field: str, _: Checks) -> object:
    if not text.strip():
        raise Invalid("a text that is not empty is expected", field=field)
    return None


def _some_pattern(text: str, field: str, checks: Checks) -> object:
    _tried(lambda: checks.finds(text, ""), field)
    return None


def _tried(check: Callable[[], bool], field: str) -> None:
    try:
        check()
    except Invalid as error:
        raise Invalid(error.message, field=field) from error


_USABLE: Final[dict[str, Callable[[str, str, Checks], object]]] = {
    "first_integer": _some_integer,
    "contains": _some_text,
    "regex": _some_pattern,
    "numeric": _some_number,
    "json_schema": _schema,
    "json_equal": _some_json,
}

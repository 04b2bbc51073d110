"""A fault names one wrong field by its JSON path, in words that repeat nothing of what was sent."""

from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

MAX_FAULTS: Final = 20
MAX_NAME: Final = 100
MOMENT: Final = "a time with its zone is expected, such as 2026-11-21T00:00:00Z"
WORDS: Final = {
    "extra_forbidden": "unknown field",
    "missing": "a value is required",
    "model_type": "an object is expected",
    "model_attributes_type": "an object is expected",
    "dict_type": "an object is expected",
    **dict.fromkeys(("timezone_aware", "datetime_type", "datetime_parsing", "datetime_from_date_parsing"), MOMENT),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """`field` is a JSON path such as `steps[0].prompt`."""

    field: str
    message: str


def faults_of(error: ValidationError, given: object) -> tuple[Fault, ...]:
    """What is wrong, first fault first, at least one."""
    found = []
    for fault in error.errors(include_url=False, include_context=False, include_input=False)[:MAX_FAULTS]:
        kind, message = str(fault["type"]), str(fault["msg"])
        path = json_path(fault["loc"], given, names_absent=kind == "missing") or "body"
        found.append(Fault(path, WORDS.get(kind, message.removeprefix("Value error, "))))
    return tuple(found)


def json_path(loc: tuple[int | str, ...], given: object, *, names_absent: bool) -> str:
    """The path of the field; names of types that pydantic puts in between are left out, for `given` has no such key."""
    path, at = "", given
    for position, part in enumerate(loc):
        match part, at:
            case int(), list():
                path += f"[{part}]"
                at = at[part] if part < len(at) else None
            case str(), dict() if part in at or (names_absent and position + 1 == len(loc)):
                path += f".{_shown(part)}" if path else _shown(part)
                at = at.get(part)
            case _:
                continue
    return path


def _shown(name: str) -> str:
    printable = "".join(character if character.isprintable() else "?" for character in name)
    return printable if len(printable) <= MAX_NAME else printable[:MAX_NAME] + "…"

"""Synthetic inputs of three levels, whose right answers are known, for comparisons without data of one's own.

All kinds ask for one JSON object with the key `answer`, and all are scored by SCORING (`json_equal`): a suite may mix
them freely under that one rule. Words around the object do no harm.
"""

import json
from collections.abc import Sequence
from typing import Final

from app.domain.comparison.comparison import MOST_INPUTS, Input, Scoring
from app.domain.comparison.drawing import Drawing
from app.domain.comparison.exercises import EXERCISES, Exercise, Kind, Level
from app.domain.errors import Invalid

LEVELS: Final[tuple[Level, ...]] = ("easy", "medium", "hard")
KINDS: Final[tuple[Kind, ...]] = tuple(EXERCISES)
SCORING: Final = Scoring("json_equal")
_ATTEMPTS: Final = 100
_FORM: Final = 'Answer with a JSON object of the form {"answer": …} and nothing else.'


def generate(seed: str, count: int, levels: Sequence[Level] = LEVELS, *, kinds: Sequence[Kind] = KINDS) -> list[Input]:
    """`count` inputs numbered from 0, levels and kinds in turn; the same for the same seed, and none twice.

    Each has the value `prompt`, the JSON text of the right answer as reference, and its level as label. A smaller count
    is the beginning of a larger one. Raises Invalid, naming the field, for a count outside of 1 to MOST_INPUTS, an
    unknown or repeated level or kind, or none.
    """
    if not 1 <= count <= MOST_INPUTS:
        raise Invalid(f"1 to {MOST_INPUTS} inputs are made", field="count")
    _check(levels, LEVELS, "levels")
    _check(kinds, KINDS, "kinds")
    found: list[Input] = []
    seen: set[str] = set()
    for number in range(count):
        level, kind = levels[number % len(levels)], kinds[number // len(levels) % len(kinds)]
        question, value = _new(seed, number, level, kind, seen)
        seen.add(question)
        found.append(Input(number, {"prompt": f"{question}\n{_FORM}"}, json.dumps({"answer": value}), level))
    return found


def _new(seed: str, number: int, level: Level, kind: Kind, seen: set[str]) -> Exercise:
    """The first exercise of its own row of draws that has not been made yet."""
    for attempt in range(_ATTEMPTS):
        made = EXERCISES[kind](Drawing(f"{seed}\x1f{kind}\x1f{level}\x1f{number}\x1f{attempt}"), level)
        if made[0] not in seen:
            return made
    raise Invalid(f"there are not so many different inputs of the kind {kind} at level {level}", field="count")


def _check(given: Sequence[str], known: Sequence[str], field: str) -> None:
    if not given or len(set(given)) < len(given) or set(given) - set(known):
        raise Invalid(f"one or more of {', '.join(known)} are expected, none twice", field=field)

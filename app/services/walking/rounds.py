"""A step with `repeat` asks again until what it said is good enough, or its rounds are used up."""

from dataclasses import replace

from app.domain.flow import Repeat
from app.domain.message import ModelReply
from app.services import expressions
from app.services.asking import values_of
from app.services.walking.asking_once import Turn, answer
from app.services.walking.walk import Standing, Walk


def answered(walk: Walk, standing: Standing, turn: Turn) -> tuple[ModelReply, object]:
    """The reply of the last round, or the only one. Raises as `asking_once.answer`, ExpressionInvalid."""
    wish = standing.step.repeat
    return answer(walk, standing, turn) if wish is None else _repeated(walk, standing, turn, wish)


def _repeated(walk: Walk, standing: Standing, turn: Turn, wish: Repeat) -> tuple[ModelReply, object]:
    last = ""
    number = 0
    while True:
        seeing = replace(turn, scope={**turn.scope, "round": number, "last": last})
        reply, value = answer(walk, standing, seeing)
        last, number = reply.text, number + 1
        standing.rounds = max(standing.rounds, number)
        if number >= wish.most or _enough(walk, standing, turn, wish, number - 1, reply.text, value):
            return reply, value


def _enough(walk: Walk, standing: Standing, turn: Turn, wish: Repeat, number: int, text: str, value: object) -> bool:
    """Whether `until` holds; it sees the text of this round as `last`, and as the step's own output."""
    if wish.until is None:
        return False
    seen = walk.seen(**turn.scope, round=number, last=text)
    if standing.step.output_schema is not None:
        known = seen.get("parsed")
        seen["parsed"] = {**(known if isinstance(known, dict) else {}), standing.code: value}
    values = values_of(walk.asked, {**walk.told(), standing.code: text}, seen)
    return expressions.truth(wish.until, values, f"steps.{standing.code}.repeat.until")

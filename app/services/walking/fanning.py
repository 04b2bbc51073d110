"""A step with `each` asks once per item of a list, several at once; its output is the list of answers in order."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import orjson

from app.domain.errors import CallerLeft
from app.domain.flow import Each
from app.domain.message import ModelReply, total
from app.services import expressions
from app.services.asking import values_of
from app.services.attempts import Attempts
from app.services.departure import Departure
from app.services.walking.asking_once import Turn
from app.services.walking.rounds import answered
from app.services.walking.walk import Standing, Walk


@dataclass(slots=True)
class _Fan:
    """The items of one step: those not asked for yet, what the others said, and what went wrong first."""

    listed: list[object]
    left: Iterator[int]
    departure: Departure
    lock: threading.Lock = field(default_factory=threading.Lock)
    said: dict[int, tuple[ModelReply, object]] = field(default_factory=dict)
    attempts: dict[int, Attempts] = field(default_factory=dict)
    wrong: BaseException | None = None


def ask_each(walk: Walk, standing: Standing, each: Each) -> tuple[ModelReply, list[object]]:
    """The answers as one reply, a JSON list of texts, and as a list of values.

    Raises TooManyItems, ExpressionInvalid, and what went wrong first with an item: then the others are hung up.
    """
    values = values_of(walk.asked, walk.told(), walk.seen())
    listed = expressions.items(each.over, values, each.most, f"steps.{standing.code}.each.over")
    standing.items = len(listed)
    fan = _Fan(listed, iter(range(len(listed))), Departure())
    with walk.departure.cuts(fan.departure.leave):
        try:
            _ask_all(walk, standing, fan, at_once=min(each.at_once, len(listed)))
        finally:
            for number in sorted(fan.attempts):
                standing.attempts.made.extend(fan.attempts[number].made)
                standing.attempts.routes.extend(fan.attempts[number].routes)
    if fan.wrong is not None:
        raise fan.wrong
    return _joined(standing, [fan.said[number] for number in range(len(listed))])


def _ask_all(walk: Walk, standing: Standing, fan: _Fan, *, at_once: int) -> None:
    """This thread works too, so that it goes on where no other is free; returns when all have ended."""
    ended = threading.Semaphore(0)

    def help_out() -> None:
        try:
            _work(walk, standing, fan)
        finally:
            ended.release()

    helpers = 0
    while helpers < at_once - 1 and walk.world.crew.lend(help_out):
        helpers += 1
    _work(walk, standing, fan)
    for _ in range(helpers):
        ended.acquire()


def _work(walk: Walk, standing: Standing, fan: _Fan) -> None:
    """Item after item, until none is left or one has gone wrong."""
    while True:
        with fan.lock:
            number = next(fan.left, None)
            if number is None or fan.wrong is not None:
                return
            fan.attempts[number] = Attempts()
        scope = {"item": fan.listed[number], "number": number}
        try:
            if walk.departure.left:
                raise CallerLeft("the caller left")
            found = answered(walk, standing, Turn(scope, fan.attempts[number], fan.departure))
        except BaseException as error:  # raised again in the thread that waits for all
            with fan.lock:
                fan.wrong = fan.wrong or error
            fan.departure.leave()
            return
        fan.said[number] = found


def _joined(standing: Standing, said: list[tuple[ModelReply, object]]) -> tuple[ModelReply, list[object]]:
    texts = [reply.text for reply, _ in said]
    parsed = [value for _, value in said] if standing.step.output_schema is not None else list[object](texts)
    model = said[-1][0].model if said else ""
    reply = ModelReply(orjson.dumps(texts).decode(), "stop", total(reply.usage for reply, _ in said), model)
    return reply, parsed

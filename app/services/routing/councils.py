"""A council: several models answer at the same time, and their answers become one."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

from app.domain import council as combining
from app.domain.auto import Council
from app.domain.errors import CallerLeft, ModelMatchError
from app.domain.fenced import mark_of
from app.domain.message import ModelReply, ModelRequest
from app.domain.routing.seats import seats
from app.services.attempts import Asker, Attempts
from app.services.routes import Leg
from app.services.routing import trust
from app.services.routing.answered import Answered
from app.services.routing.ask import Ask
from app.services.routing.deciding import Routed
from app.services.world import World

ASKING: Final = 0.7  # of the time, where a judge or a writer is to be asked afterwards
USELESS: Final = 0.2  # trust below which an answer has no vote while others have more


@dataclass(slots=True)
class _Seat:
    """One member: what it was asked through, and what came of it."""

    leg: Leg
    attempts: Attempts
    reply: ModelReply | None = None
    error: ModelMatchError | None = None
    trusted: float = 0.0


@dataclass(frozen=True, slots=True)
class _Said:
    """An answer that counts: of which seat, by which call."""

    reply: ModelReply
    model: str
    call_id: str
    trusted: float


@dataclass(frozen=True, slots=True)
class _Chair:
    """Who combines the answers, and on whose behalf."""

    world: World
    model: str
    request: ModelRequest
    ask: Ask
    asker: Asker
    attempts: Attempts
    deadline: float

    def question(self, request: ModelRequest, asker: Asker, why: str) -> ModelReply | None:
        """The chair's word; None when it could not be asked. Raises CallerLeft."""
        own = Attempts()
        try:
            leg = Leg(self.world.catalogue.get(self.model, field="auto.council.judge"), why)
            return self.ask((leg,), request, asker=asker, attempts=own, deadline=self.deadline)
        except CallerLeft:
            raise
        except ModelMatchError:
            return None
        finally:
            self.attempts.made.extend(own.made)


def answer(
    world: World,
    routed: Routed,
    request: ModelRequest,
    ask: Ask,
    *,
    asker: Asker,
    attempts: Attempts,
    deadline: float,
) -> Answered:
    """One answer of all that came; members that fail are left out.

    All calls join `attempts` in the order of the seats, then the judge's or the writer's; each reserves its own cost.
    Raises the last member's error when all failed, CallerLeft.
    """
    wish = routed.auto.council or Council()
    members = [
        _Seat(Leg(world.catalogue.models[each.slug], f"council seat {place}"), Attempts())
        for place, each in enumerate(seats(routed.order, wish), start=1)
    ]
    try:
        _ask_all(members, request, ask, asker=asker, deadline=_until(wish, deadline))
    finally:
        for member in members:
            attempts.made.extend(member.attempts.made)
    said = _counting(world, asker, request, members)
    told = [each for member in members for each in trust.tried(member.attempts.made, member.trusted)]
    chair = _Chair(world, wish.judge or said[0].model, request, ask, asker, attempts, deadline)
    begun = len(attempts.made)
    given = _combined(wish, chair, said)
    written = attempts.made[begun:]
    ours = any(attempt.call.id == given.call_id for attempt in written)
    told += trust.tried(written, given.trusted if ours else None)
    return Answered(given.reply, tuple(told), given.model, given.call_id)


def _combined(wish: Council, chair: _Chair, said: list[_Said]) -> _Said:
    """The answer that is given. Tools are called as most want; nobody can write such a call from others."""
    voted = said[combining.vote([each.reply for each in said]).seat]
    if wish.combine == "vote" or len(said) == 1 or any(each.reply.tool_calls for each in said):
        return voted
    return (_judged(chair, said) if wish.combine == "judge" else _written(chair, said)) or voted


def _ask_all(members: list[_Seat], request: ModelRequest, ask: Ask, *, asker: Asker, deadline: float) -> None:
    """Every seat in a thread of its own, none of which outlives the deadline. Raises CallerLeft."""

    def hear(member: _Seat) -> None:
        try:
            member.reply = ask((member.leg,), request, asker=asker, attempts=member.attempts, deadline=deadline)
        except ModelMatchError as error:
            member.error = error

    with ThreadPoolExecutor(len(members), thread_name_prefix="council") as threads:
        for ended in [threads.submit(hear, member) for member in members]:
            ended.result()
    for member in members:
        if isinstance(member.error, CallerLeft):
            raise member.error


def _until(wish: Council, deadline: float) -> float:
    """Until when the seats may speak; whoever combines their answers needs time too."""
    if wish.combine == "vote":
        return deadline
    now = time.monotonic()
    return now + ASKING * (deadline - now)


def _counting(world: World, asker: Asker, request: ModelRequest, members: list[_Seat]) -> list[_Said]:
    """The answers that take part: those that say something, or all where none does."""
    said: list[_Said] = []
    for member in members:
        if member.reply is not None:
            member.trusted = trust.by_rules(world, asker, request, member.reply).score
            call = member.attempts.last
            said.append(_Said(member.reply, call.model, call.id, member.trusted))
    if not said:
        raise next(member.error for member in reversed(members) if member.error is not None)
    return [each for each in said if each.trusted >= USELESS] or said


def _judged(chair: _Chair, said: list[_Said]) -> _Said | None:
    """The answer that the judge names; None when it names none that there is."""
    mark = mark_of(chair.world.new_id())
    messages = combining.to_judge(chair.request.messages, _texts(said), mark=mark)
    request = ModelRequest("", messages, max_tokens=combining.MOST_TOKENS)
    asker = replace(chair.asker, source="judge", cache_ttl_s=None)
    word = chair.question(request, asker, "judges the council")
    seat = None if word is None else combining.chosen(word.text, answers=len(said), mark=mark)
    return None if seat is None else said[seat]


def _written(chair: _Chair, said: list[_Said]) -> _Said | None:
    """The answer written from all of them, in the format that was asked for; None when it cannot be given."""
    mark = mark_of(chair.world.new_id())
    messages = combining.to_write(chair.request.messages, _texts(said), mark=mark)
    request = replace(chair.request, messages=messages, tools=(), tool_choice=None, options={})
    reply = chair.question(request, chair.asker, "writes for the council")
    if reply is None:
        return None
    trusted = trust.by_rules(chair.world, chair.asker, chair.request, reply).score
    call = chair.attempts.last
    return _Said(reply, call.model, call.id, trusted) if trusted >= USELESS else None


def _texts(said: list[_Said]) -> list[str]:
    return [each.reply.text for each in said]

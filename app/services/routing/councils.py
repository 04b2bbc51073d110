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
from app.domain.model import Model
from app.domain.route import Tried
from app.services.attempts import Asker, Attempt, Attempts
from app.services.routes import Leg
from app.services.routing import trust
from app.services.routing.answered import Answered
from app.services.routing.ask import Ask
from app.services.routing.deciding import Routed
from app.services.routing.seating import chair_cost
from app.services.world import World

ASKING: Final = 0.7  # of the time, where a judge or a writer is to be asked afterwards
USELESS: Final = 0.2  # trust below which an answer has no vote while others have more


@dataclass(slots=True)
class _Seat:
    """One member: what it was asked through and expected to come to, and what came of it."""

    leg: Leg
    quality: float
    attempts: Attempts
    reply: ModelReply | None = None
    error: ModelMatchError | None = None
    trusted: float = 0.0


@dataclass(frozen=True, slots=True)
class _Said:
    """An answer that counts: of which model, by which call; `quality` was expected of it."""

    reply: ModelReply
    model: str
    call_id: str
    trusted: float
    quality: float = 0.0


@dataclass(frozen=True, slots=True)
class _Chair:
    """Who combines the answers, and on whose behalf."""

    world: World
    routed: Routed
    model: str
    request: ModelRequest
    ask: Ask
    asker: Asker
    attempts: Attempts
    deadline: float
    begun: int

    def question(self, request: ModelRequest, asker: Asker, why: str) -> ModelReply | None:
        """The chair's word; None when it could not be asked, or would exceed `max_cost`. Raises CallerLeft."""
        own = Attempts()
        try:
            leg = Leg(self.world.catalogue.get(self.model, field="auto.council.judge"), why)
            if not self._affordable(leg.model, request):
                return None
            return self.ask((leg,), request, asker=asker, attempts=own, deadline=self.deadline)
        except CallerLeft:
            raise
        except ModelMatchError:
            return None
        finally:
            self.attempts.made.extend(own.made)

    def _affordable(self, model: Model, request: ModelRequest) -> bool:
        """Whether the answers and this question together keep `max_cost`, now that the answers are there."""
        auto, route = self.routed.auto, self.routed.route
        if auto.max_cost is None:
            return True
        costs = [attempt.call.cost for attempt in self.attempts.made[self.begun :] if attempt.call.outcome == "ok"]
        costs.append(chair_cost(self.world, auto, model, request, learner=route.learner, level=route.level))
        return None not in costs and sum(cost for cost in costs if cost is not None) <= auto.max_cost


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
        _Seat(Leg(world.catalogue.models[each.slug], f"council seat {place}"), each.quality, Attempts())
        for place, each in enumerate(routed.council, start=1)
    ]
    first = len(attempts.made)
    try:
        _ask_all(members, request, ask, asker=asker, deadline=_until(wish, deadline))
    finally:
        for member in members:
            attempts.made.extend(member.attempts.made)
    said = _counting(world, asker, request, members)
    told = [each for member in members for each in trust.tried(member.attempts.made, member.trusted)]
    best = max(said, key=lambda each: each.quality)
    chair = _Chair(world, routed, wish.judge or best.model, request, ask, asker, attempts, deadline, first)
    begun = len(attempts.made)
    given, why = _combined(wish, chair, said)
    told += _told_of_writing(attempts.made[begun:], given)
    return Answered(given.reply, tuple(told), given.model, given.call_id, why)


def _told_of_writing(made: list[Attempt], given: _Said) -> list[Tried]:
    """The calls that wrote a common answer; they failed where another one is given."""
    ours = any(attempt.call.id == given.call_id for attempt in made)
    told = trust.tried(made, given.trusted if ours else None, written=True)
    return told if ours else [replace(each, failed=True) for each in told]


def _combined(wish: Council, chair: _Chair, said: list[_Said]) -> tuple[_Said, str]:
    """The answer that is given, and how it came about.

    Tools are called as most want; nobody can write such a call from others.
    """
    if len(said) == 1:
        return said[0], f"Only {said[0].model} gave an answer."
    ballot = combining.vote([each.reply for each in said], [each.quality for each in said])
    voted = said[ballot.seat]
    why = f"{ballot.why[:1].upper()}{ballot.why[1:]}, from {voted.model}."
    if wish.combine == "vote" or any(each.reply.tool_calls for each in said):
        return voted, why
    if wish.combine == "judge":
        chosen = _judged(chair, said)
        if chosen is None:
            return voted, f"{chair.model} has not chosen. {why}"
        return chosen, f"{chair.model} chose the answer of {chosen.model}."
    written = _written(chair, said)
    if written is None:
        return voted, f"{chair.model} has not written. {why}"
    return written, f"{chair.model} wrote it from {len(said)} answers."


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
            said.append(_Said(member.reply, call.model, call.id, member.trusted, member.quality))
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

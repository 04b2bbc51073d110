"""A direct question goes to a model or task by name: no use case, no session, but a call like any other."""

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field

from app.db.facts import CallDone, Fact, RouteDone
from app.domain.call import Source
from app.domain.errors import CallerLeft, ModelMatchError
from app.domain.flow import Choice
from app.domain.message import Json, ModelReply, ModelRequest
from app.services import gateway
from app.services.attempts import Asker, Attempts, Piece, Said
from app.services.caller import Caller
from app.services.whole import Whole
from app.services.world import World


@dataclass(frozen=True, slots=True)
class DirectAsked:
    """One question to the models of `choice`; `source` says what it is for."""

    choice: Choice
    request: ModelRequest
    caller: Caller = field(default_factory=Caller)
    user_id: str | None = None
    tags: Json = field(default_factory=dict)
    source: Source = "served"


@dataclass(frozen=True, slots=True)
class Answered(Whole):
    """The whole answer; its calls are durable."""


def run(world: World, asked: DirectAsked) -> Answered:
    """The whole answer. Raises what `gateway.call` raises."""
    attempts = Attempts()
    try:
        reply = gateway.call(
            world, asked.choice, asked.request, asker=_asker(asked), attempts=attempts, deadline=_deadline(world)
        )
    finally:
        _write(world, attempts)
    return _answered(reply, attempts)


def events(world: World, asked: DirectAsked) -> Generator[Piece | Answered]:
    """Pieces, then the whole answer once it is durable. Raises as `run`; closing it books what was said so far."""
    attempts, said = Attempts(), Said()
    pieces = gateway.stream(
        world, asked.choice, asked.request, asker=_asker(asked), attempts=attempts, deadline=_deadline(world)
    )
    try:
        with closing(pieces):
            for delta in pieces:
                said.add(delta)
                if delta.text or delta.tool_calls or delta.restart:
                    yield Piece(delta)
    except (GeneratorExit, CallerLeft):
        world.journal.post(_facts(attempts))
        raise
    except ModelMatchError:
        _write(world, attempts)
        raise
    _write(world, attempts)
    yield _answered(said.reply(attempts.last), attempts)


def _answered(reply: ModelReply, attempts: Attempts) -> Answered:
    return Answered(reply, tuple(attempt.call for attempt in attempts.made), tuple(attempts.routes))


def _asker(asked: DirectAsked) -> Asker:
    return Asker(
        caller=asked.caller,
        user_id=asked.user_id,
        unit=asked.user_id,
        task=asked.choice.task,
        tags=asked.tags,
        source=asked.source,
    )


def _deadline(world: World) -> float:
    return time.monotonic() + world.policy.run_timeout_s


def _facts(attempts: Attempts) -> list[Fact]:
    calls = [CallDone(attempt.call, attempt.text, attempt.charges) for attempt in attempts.made]
    return [*(RouteDone(route) for route in attempts.routes), *calls]


def _write(world: World, attempts: Attempts) -> None:
    if attempts.made or attempts.routes:
        world.journal.write(_facts(attempts), timeout_s=world.policy.journal_timeout_s)

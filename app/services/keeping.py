"""Answers that are kept for repeats: found before anybody is asked, written once an answer is whole."""

import time
from collections.abc import Callable, Generator

from app.domain.cached import Keeping, Kept, deltas
from app.domain.call import Call
from app.domain.fingerprint import fingerprint
from app.domain.message import Delta, ModelReply, ModelRequest, Usage
from app.domain.model import Model
from app.services import texts
from app.services.answer_cache import Turn
from app.services.attempts import Asker, Attempt, Attempts, Said
from app.services.routes import Leg
from app.services.world import World

Ask = Callable[[], ModelReply]
Listen = Callable[[], Generator[Delta]]


def answer(
    world: World, leg: Leg, request: ModelRequest, ask: Ask, *, asker: Asker, attempts: Attempts, deadline: float
) -> ModelReply:
    """A kept answer of the route's first model if caller or step want one, else what `ask` says."""
    keeping = _keeping(world, asker)
    if keeping is None:
        return ask()
    book = _Book(world, leg, request, asker, attempts)
    with world.cache.turn(book.key, keeping, timeout_s=_left(deadline)) as turn:
        if turn.kept is not None:
            book.used(turn.kept)
            return turn.kept.reply
        reply = ask()
        book.made(turn, reply)
        return reply


def pieces(
    world: World, leg: Leg, request: ModelRequest, listen: Listen, *, asker: Asker, attempts: Attempts, deadline: float
) -> Generator[Delta]:
    """As `answer`, for a stream: a kept answer comes in one piece and its end."""
    keeping = _keeping(world, asker)
    if keeping is None:
        yield from listen()
        return
    book = _Book(world, leg, request, asker, attempts)
    with world.cache.turn(book.key, keeping, timeout_s=_left(deadline)) as turn:
        if turn.kept is not None:
            book.used(turn.kept)
            yield from deltas(turn.kept.reply)
            return
        said = Said()
        for delta in listen():
            said.add(delta)
            if delta.finish_reason is not None:
                book.made(turn, said.reply(attempts.last))
            yield delta


class _Book:
    """Under which fingerprint one request's answer is kept, and what the log says of it."""

    def __init__(self, world: World, leg: Leg, request: ModelRequest, asker: Asker, attempts: Attempts) -> None:
        self._world = world
        self._model: Model = leg.model
        self._request = request
        self._asker = asker
        self._attempts = attempts
        caller = asker.caller
        self._partition = world.policy.caching.partition(team=caller.team, owner=caller.owner, key_id=caller.key_id)
        self.key = fingerprint(leg.model.slug, request, partition=self._partition)

    def used(self, kept: Kept) -> None:
        """A kept answer is given: a call that costs nothing, and says what it saved."""
        world = self._world
        row = Call(
            id=world.new_id(),
            at=world.now(),
            source=self._asker.source,
            model=kept.model,
            provider=kept.provider,
            outcome="cached",
            latency_ms=0,
            usage=Usage(),
            cost=0,
            cost_status="cached",
            attempt=len(self._attempts.made) + 1,
            reason="kept answer",
            finish_reason=kept.reply.finish_reason,
            cache_key=self.key,
            saved=kept.cost,
            **self._asker.labels(),
        )
        said = texts.exchanged(world.policy, row.id, self._request, kept.reply.text)
        self._attempts.made.append(Attempt(row, said))
        world.tally.ended(row)

    def made(self, turn: Turn, reply: ModelReply) -> None:
        """An answer came; it is kept if it is the first model's own, for a fallback's answer is second best."""
        call = self._attempts.last
        if call.model == self._model.slug:
            kept = Kept(reply, call.cost, call.model, call.provider, call.at, call.id, self._partition)
            turn.answered(kept)


def _keeping(world: World, asker: Asker) -> Keeping | None:
    return world.policy.caching.decide(asker.caller.cache, asker.cache_ttl_s)


def _left(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic())

"""One turn at a time: whoever answers one holds the conversation, and says so as long as their process lives."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final, TypeVar

from app.db import conversations as rows
from app.db import turns as turn_rows
from app.db.uow import Tx
from app.domain.conversation import Conversation, Turn
from app.domain.errors import Conflict
from app.services.renewals import TERM_S
from app.services.world import World

T = TypeVar("T")

WAIT_S: Final = 30.0
LOOK_S: Final = 0.02
LONGEST_LOOK_S: Final = 0.5


class Hold:
    """A conversation that is this turn's. `begun` is the conversation when the turn began."""

    def __init__(self, world: World, begun: Conversation, turn: Turn, holder: str) -> None:
        self.begun = begun
        self.turn = turn
        self._world = world
        self._holder = holder
        self._token = world.renewals.begin(self._renew)

    def fold(self, folded: int, summary: str) -> None:
        """Turns up to that number are told by the summary from now on. Raises Conflict when it was taken over."""
        with self._world.store.write() as tx:
            if not rows.fold(tx, self.begun.id, self._holder, folded=folded, summary=summary):
                raise _taken_over()

    def end(self, turn: Turn, *, characters: int = 0) -> None:
        """Store what has become of the turn, and let the next one begin.

        Raises Conflict when it was taken over, NotFound when the conversation was deleted meanwhile; StoreUnavailable.
        """
        self._world.renewals.end(self._token)
        moment = self._world.now()
        with self._world.store.write() as tx:
            if not rows.give_back(tx, self.begun.id, self._holder, moment):
                rows.get(tx, self.begun.id, moment)
                raise _taken_over()
            turn_rows.end(tx, turn)
            rows.grow(tx, self.begun.id, characters=characters)

    def _renew(self) -> None:
        with self._world.store.write() as tx:
            rows.renew(tx, self.begun.id, self._holder, self._world.now() + timedelta(seconds=TERM_S))


def take(world: World, conversation_id: str, begin: Callable[[Tx, Conversation], Turn]) -> Hold:
    """Wait for the turn before, and begin one: `begin` makes it of the conversation in the same unit of work.

    A turn whose process was killed gives way within seconds, and has failed. Raises Conflict `conversation-busy` after
    half a minute, or a run's time if that is shorter; NotFound; what `begin` raises.
    """
    give_up, pause = time.monotonic() + min(WAIT_S, world.policy.run_timeout_s), LOOK_S
    while True:
        held = _try(world, conversation_id, begin)
        if held is not None:
            return held
        while not _is_free(world, conversation_id):
            if time.monotonic() + pause > give_up:
                raise Conflict("another turn of this conversation is being answered", code="conversation-busy")
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_LOOK_S)


def _try(world: World, conversation_id: str, begin: Callable[[Tx, Conversation], Turn]) -> Hold | None:
    holder, moment = world.new_id(), world.now()
    with world.store.write() as tx:
        found = rows.claim(tx, conversation_id, holder, moment, TERM_S)
        if found is None:
            return None
        turn_rows.interrupt(tx, conversation_id, moment)
        turn = begin(tx, found)
        turn_rows.add(tx, [turn])
        rows.grow(tx, conversation_id, turns=1)
    return Hold(world, found, turn, holder)


def _is_free(world: World, conversation_id: str) -> bool:
    with world.store.read() as tx:
        return rows.free(tx, conversation_id, world.now(), TERM_S)


def _taken_over() -> Conflict:
    return Conflict("this turn was given up, and the conversation went on without it", code="conversation-busy")

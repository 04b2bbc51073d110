"""A repeated POST with the same Idempotency-Key gets the first answer again and costs nothing."""

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from app.db import idempotency as rows
from app.db.idempotency import Kept
from app.domain.errors import Conflict
from app.services.renewals import TERM_S
from app.services.world import World

__all__ = ["Held", "Kept", "claim"]

LIFETIME: Final = timedelta(hours=24)
HEADER: Final = "Idempotency-Key"
LOOK_S: Final = 0.02
LONGEST_LOOK_S: Final = 0.5
MAX_KEPT: Final = 8_000_000  # characters of an answer


class Held:
    """A request that is this one's to do; while it lasts, the process keeps saying that it lives."""

    def __init__(self, world: World, key_id: str, idem_key: str, holder: str) -> None:
        self._world = world
        self._own = (key_id, idem_key, holder)
        self._token = world.renewals.begin(self._renew)

    def settle(self, *, status: int, body: str | None, mimetype: str, headers: Mapping[str, str]) -> None:
        """Keep the answer for repeats; without a body, or with one that is too long, only that there was one.

        Raises StoreUnavailable.
        """
        self._world.renewals.end(self._token)
        kept = None if body is None or len(body) > MAX_KEPT else body
        with self._world.store.write() as tx:
            rows.finish(tx, *self._own, status=status, response=kept, mimetype=mimetype, headers=headers)

    def release(self) -> None:
        """The request came to nothing: its key is free again. Raises StoreUnavailable."""
        self._world.renewals.end(self._token)
        with self._world.store.write() as tx:
            rows.forget(tx, *self._own)

    def _renew(self) -> None:
        with self._world.store.write() as tx:
            rows.renew(tx, *self._own, self._world.now() + timedelta(seconds=TERM_S))


def claim(world: World, key_id: str, idem_key: str, *, request_digest: str) -> Kept | Held:
    """The earlier answer, or the right to give the first one.

    While the first is under way this one waits, a run's time at most; one whose process was killed gives way within
    seconds. Raises Conflict: the key was used for another request, the first is still under way, or its answer was not
    kept. Raises StoreUnavailable.
    """
    give_up, pause = time.monotonic() + world.policy.run_timeout_s, LOOK_S
    while True:
        held = _begin(world, key_id, idem_key, request_digest)
        if held is not None:
            return held
        while (stored := _find(world, key_id, idem_key)) is not None:
            if stored.request_digest != request_digest:
                raise Conflict("this key was used for another request", code="idempotency-mismatch", field=HEADER)
            if stored.status is not None:
                return _answered(stored)
            if time.monotonic() + pause > give_up:
                raise Conflict("the first request with this key is still under way", code="idempotency-in-progress")
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_LOOK_S)
            if _lost(world, stored):
                break


def _begin(world: World, key_id: str, idem_key: str, digest: str) -> Held | None:
    holder = world.new_id()
    with world.store.write() as tx:
        own = rows.begin(tx, key_id, idem_key, request_digest=digest, holder=holder, moment=world.now(), ttl_s=TERM_S)
    return Held(world, key_id, idem_key, holder) if own else None


def _find(world: World, key_id: str, idem_key: str) -> Kept | None:
    with world.store.read() as tx:
        return rows.find(tx, key_id, idem_key)


def _lost(world: World, stored: Kept) -> bool:
    """Whether nobody may do it any more, as the store will say for certain."""
    moment, term = world.now(), timedelta(seconds=TERM_S)
    return stored.until is None or not moment < stored.until <= moment + 2 * term


def _answered(stored: Kept) -> Kept:
    if stored.response is None:
        raise Conflict(
            "the first request with this key was answered, and its answer is not kept",
            code="idempotency-not-kept",
        )
    return stored

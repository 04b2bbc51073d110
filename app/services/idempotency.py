"""A repeated POST with the same Idempotency-Key gets the first answer again and costs nothing."""

from datetime import timedelta

from app.db import idempotency as rows
from app.db.idempotency import Answered
from app.domain.errors import Conflict, Invalid
from app.services.world import World

LIFETIME = timedelta(hours=24)


def claim(world: World, key_id: str, idem_key: str, *, request_digest: str) -> Answered | None:
    """The earlier answer, or None when this request is the first and now owns the key.

    A first request that never ended (its process was killed) gives way in time. Raises Conflict while the
    first is under way, Invalid when the key was used for another request.
    """
    moment = world.now()
    with world.store.write() as tx:
        stored = rows.begin(tx, key_id, idem_key, request_digest=request_digest, moment=moment)
        if stored is not None and stored.status is None and stored.created_at + _longest(world) < moment:
            rows.forget(tx, key_id, idem_key)
            stored = rows.begin(tx, key_id, idem_key, request_digest=request_digest, moment=moment)
    if stored is None:
        return None
    if stored.request_digest != request_digest:
        raise Invalid("this key was used for another request", field="Idempotency-Key")
    if stored.status is None:
        raise Conflict("the first request with this key is still under way", code="idempotency-in-progress")
    return stored


def settle(world: World, key_id: str, idem_key: str, *, status: int, body: str) -> None:
    """Keep the answer for repeats."""
    with world.store.write() as tx:
        rows.finish(tx, key_id, idem_key, status=status, response=body)


def release(world: World, key_id: str, idem_key: str) -> None:
    """The request failed: the key is free again."""
    with world.store.write() as tx:
        rows.forget(tx, key_id, idem_key)


def _longest(world: World) -> timedelta:
    """No request is under way for that long: the run's own limit, twice."""
    return timedelta(seconds=2 * world.policy.run_timeout_s)

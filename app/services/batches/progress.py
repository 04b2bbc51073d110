"""How far a batch is: read from sums, and followed by whoever listens."""

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Final

from app.db import batches as rows
from app.domain.batch import Batch, Standing
from app.services.departure import Departure
from app.services.world import World

POLL_S: Final = 0.5
LASTS_S: Final = 900.0  # then the listener comes again


@dataclass(frozen=True, slots=True)
class Progress:
    """A batch and where it stands; `eta_s`: seconds left at the present pace, None while nobody can tell."""

    batch: Batch
    standing: Standing
    eta_s: float | None = None


def of(world: World, batch_id: str) -> Progress:
    """Where it is now; one row, whatever its size. Raises NotFound."""
    with world.store.read() as tx:
        batch, standing = rows.get(tx, batch_id), rows.standing(tx, batch_id)
    return told(world, batch, standing)


def told(world: World, batch: Batch, standing: Standing) -> Progress:
    """Both, with what is left."""
    return Progress(batch, standing, _eta_s(world, batch, standing))


def follow(world: World, batch_id: str, departure: Departure, *, lasts_s: float = LASTS_S) -> Generator[Progress]:
    """Where it is, at once and then whenever that changes; the last one is over.

    Ends without it when the listener leaves, when the server is about to stop, and after `lasts_s`. Raises NotFound,
    StoreUnavailable.
    """
    until = time.monotonic() + lasts_s
    said: tuple[object, ...] | None = None
    while not departure.left:
        now = of(world, batch_id)
        says = (now.batch.status, now.batch.waits_for, now.standing.answered)
        if says != said:
            said = says
            yield now
        if now.batch.over or world.listeners.closed or time.monotonic() >= until:
            return
        departure.wait(POLL_S)


def _eta_s(world: World, batch: Batch, standing: Standing) -> float | None:
    """What is left at the pace since somebody took it."""
    done = standing.answered - standing.taken_done
    if batch.status != "running" or batch.waits_for is not None or standing.taken_at is None or done <= 0:
        return None
    passed = max(0.0, (world.now() - standing.taken_at).total_seconds())
    return (standing.lines - standing.answered) * passed / done

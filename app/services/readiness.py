"""Readiness: whether this process can serve without losing anything, and what is not as it should be."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from app.domain.errors import StoreUnavailable
from app.services.world import World

StoreState = Literal["up", "read-only", "down"]
OLD_S = 60.0  # a snapshot that nobody confirmed for that long is worth a word


@dataclass(frozen=True, slots=True)
class Readiness:
    """`degraded` still serves everything that a snapshot and a spool can; `unready` would lose rows."""

    status: Literal["ready", "degraded", "unready"]
    store: StoreState
    reasons: tuple[str, ...]
    revision: int
    snapshot_age_s: float
    journal_pending: int
    spool_waiting_bytes: int


def state(world: World) -> Readiness:
    """How it stands now. Asks the store, and the spool's disk when the store takes no rows."""
    store = _store(world)
    waiting = world.journal.spooled_bytes()
    reasons = [*_absences(world, store)]
    if waiting:
        reasons.append(f"{waiting} bytes of rows wait in the spool")
    if world.snapshots.age_s > OLD_S:
        reasons.append(f"the snapshot was last confirmed {world.snapshots.age_s:.0f} s ago")
    lost = store != "up" and not world.journal.spool_takes()
    if lost:
        reasons.append("the spool cannot be written to")
    return Readiness(
        status="unready" if lost else "degraded" if reasons else "ready",
        store=store,
        reasons=tuple(reasons),
        revision=world.snapshots.current.revision,
        snapshot_age_s=world.snapshots.age_s,
        journal_pending=world.journal.figures().pending,
        spool_waiting_bytes=waiting,
    )


def _store(world: World) -> StoreState:
    try:
        world.store.ping()
    except StoreUnavailable:
        return "down"
    return "read-only" if world.store.writes.away else "up"


def _absences(world: World, store: StoreState) -> list[str]:
    """What the store does not do, and since when by the clock of now."""
    if store == "up":
        return []
    seconds = world.store.writes.seconds if store == "read-only" else world.store.reads.seconds
    since = world.now() - timedelta(seconds=seconds or 0)
    said = "does not answer" if store == "down" else "takes no writes"
    return [f"the store {said} since {since:%Y-%m-%dT%H:%M:%SZ}"]

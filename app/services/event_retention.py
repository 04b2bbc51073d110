"""Events are forgotten after their time, traffic sooner than changes; some with each beat, so nobody waits long."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from app.db import events as rows
from app.domain.event import KINDS, TRAFFIC
from app.services.world import World

WITHIN_S: Final = 1.0  # of one beat
AT_ONCE: Final = 1_000  # of each kind in one transaction
CHANGED: Final = tuple(kind for kind in KINDS if kind not in TRAFFIC)


def forget(world: World) -> Iterator[str]:
    """A line if events were dropped that are older than they are kept."""
    now, until = world.now(), time.monotonic() + WITHIN_S
    gone = _forget(world, now - world.policy.event_retention, CHANGED, until)
    gone += _forget(world, now - world.policy.traffic_event_retention, TRAFFIC, until)
    if gone:
        yield f"forgot {gone} events"


def _forget(world: World, before: datetime, kinds: Sequence[str], until: float) -> int:
    gone = 0
    while True:
        with world.store.write() as tx:
            some = rows.prune(tx, before, kinds, limit=AT_ONCE)
        gone += some
        if some < AT_ONCE or time.monotonic() >= until:
            return gone

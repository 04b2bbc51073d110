"""What happens to an experiment, as its page shows it and as whoever follows it alone is told."""

import time
from collections.abc import Generator
from typing import Final

from app.db import events as rows
from app.db import experiments as experiment_rows
from app.db.uow import Tx
from app.domain.event import Event
from app.domain.experiment import Experiment
from app.domain.experiment_event import Kind
from app.domain.message import Json
from app.services import events
from app.services.departure import Departure
from app.services.world import World

POLL_S: Final = 1.0
LASTS_S: Final = 900.0  # then the listener comes again, and names the last event that it has seen
AT_ONCE: Final = 100


def record(tx: Tx, world: World, experiment: Experiment, kind: Kind, text: str, data: Json | None = None) -> Event:
    """Write an event of the experiment as `events.record` does; who acts stands in the data's `actor`, if anywhere."""
    by = (data or {}).get("actor")
    return events.record(
        tx,
        world,
        f"experiment.{kind}",
        about=experiment.id,
        use_case_id=experiment.use_case_id,
        text=text,
        data=data,
        actor=None if by is None else str(by),
    )


def page(world: World, experiment_id: str, *, after: str | None, limit: int) -> tuple[list[Event], str | None]:
    """Events after the one with that id, oldest first, and the id to go on after, None at the end. Raises NotFound."""
    with world.store.read() as tx:
        experiment_rows.get(tx, experiment_id)
        found = rows.after(tx, experiment_id, after, limit=limit + 1)
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def newest(world: World, experiment_id: str, *, limit: int) -> tuple[Event, ...]:
    """The last events, the newest first."""
    with world.store.read() as tx:
        return tuple(rows.newest(tx, experiment_id, limit=limit))


def follow(
    world: World, experiment_id: str, departure: Departure, *, after: str | None, lasts_s: float = LASTS_S
) -> Generator[Event | Experiment]:
    """Events as they come; at last the experiment, if it has ended and all is told.

    Ends without it when the listener leaves, when the server is about to stop, and after `lasts_s`. Raises NotFound,
    StoreUnavailable.
    """
    until = time.monotonic() + lasts_s
    while not departure.left:
        with world.store.read() as tx:
            experiment = experiment_rows.get(tx, experiment_id)
            found = rows.after(tx, experiment_id, after, limit=AT_ONCE)
        yield from found
        after = found[-1].id if found else after
        if not found and experiment.status == "ended":
            yield experiment
            return
        if world.listeners.closed or time.monotonic() >= until:
            return
        if len(found) < AT_ONCE and experiment.status != "ended":
            departure.wait(POLL_S)

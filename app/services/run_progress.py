"""How far a run is, followed by whoever listens: read from the store, so that any process can tell."""

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Final

from app.db import run_steps as step_rows
from app.db import runs as rows
from app.domain.call import Run
from app.domain.run_step import RunStep
from app.services.departure import Departure
from app.services.world import World

POLL_S: Final = 0.25
LASTS_S: Final = 900.0  # then the listener comes again


@dataclass(frozen=True, slots=True)
class StepBegan:
    """A step is at work."""

    step: RunStep


@dataclass(frozen=True, slots=True)
class StepOver:
    """A step is settled."""

    step: RunStep


Told = StepBegan | StepOver | Run


def known(world: World, run_id: str) -> Run:
    """The run. Raises NotFound."""
    with world.store.read() as tx:
        return rows.get(tx, run_id)


def follow(world: World, run_id: str, departure: Departure, *, lasts_s: float = LASTS_S) -> Generator[Told]:
    """What has happened so far and then what happens, each once; last of all the run that is over.

    Ends without it when the listener leaves, when the server is about to stop, and after `lasts_s`. Raises NotFound,
    StoreUnavailable.
    """
    until = time.monotonic() + lasts_s
    began, over = set[str](), set[str]()
    while not departure.left:
        with world.store.read() as tx:
            run = rows.get(tx, run_id)  # before its steps, so that all of those are told when it is over
            steps = step_rows.of_run(tx, run_id)
        for step in sorted(steps, key=lambda step: step.started_at):
            if step.step not in began:
                began.add(step.step)
                yield StepBegan(step)
            if step.ended_at is not None and step.step not in over:
                over.add(step.step)
                yield StepOver(step)
        if run.status != "running":
            yield run
            return
        if world.listeners.closed or time.monotonic() >= until:
            return
        departure.wait(POLL_S)

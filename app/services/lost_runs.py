"""Runs whose process died under them are found by the beat: they have failed, with what answered kept."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Final

from app.db import calls as call_rows
from app.db import run_steps as step_rows
from app.db import runs as rows
from app.db.uow import Tx
from app.domain.call import Run
from app.domain.run_step import LOST
from app.services import events
from app.services.world import World

AT_ONCE: Final = 100
TIMES: Final = 2  # a run's longest time; before that it may still be under way


def find(world: World) -> Iterator[str]:
    """A line if some were found."""
    before = world.now() - timedelta(seconds=TIMES * world.policy.run_timeout_s)
    with world.store.read() as tx:
        late = rows.running_since(tx, before, limit=AT_ONCE)
    if not late:
        return
    with world.store.write() as tx:
        lost = sum(_lose(tx, world, run) for run in late)
    if lost:
        yield f"found {lost} runs whose process was lost"


def _lose(tx: Tx, world: World, run: Run) -> bool:
    """Whether the run had not ended after all."""
    now, steps = world.now(), step_rows.of_run(tx, run.id)
    costs = [call.cost for call in call_rows.of_run(tx, run.id)]
    told = max([step.ended_at or step.started_at for step in steps], default=run.started_at)
    found = replace(
        run,
        status="failed",
        error=LOST,
        failed_step=next((step.step for step in steps if step.state == "running"), None),
        outputs={step.step: step.output for step in steps if step.output is not None},
        cost=None if None in costs else sum(cost for cost in costs if cost is not None),
        latency_ms=round((told - run.started_at).total_seconds() * 1000),
        ended_at=now,
    )
    if not rows.lose(tx, found):
        return False
    step_rows.lose(tx, run.id, now)
    text = "the process that walked the run is gone"
    data = {"run_id": run.id, "session_id": run.session_id, "error": LOST}
    events.record(tx, world, "run.failed", about=run.id, text=text, data=data, use_case_id=run.use_case_id)
    return True

"""A run under way can be cancelled by whoever may run it, from any process."""

from app.db import runs as rows
from app.domain.errors import Conflict
from app.services.world import World


def cancel(world: World, run_id: str) -> None:
    """Whoever walks the run hangs up what it waits for, at once here and within a second elsewhere.

    Raises NotFound, also for a run of one step, which is not known before it is over; Conflict (`run-over`).
    """
    if world.underway.cancel(run_id):
        return
    with world.store.write() as tx:
        run = rows.get(tx, run_id)
        if run.status != "running":
            ended = "was cancelled" if run.status == "cancelled" else f"has {run.status}"
            raise Conflict(f"run {run_id} is over: it {ended}", code="run-over")
        rows.ask_to_cancel(tx, run_id, world.now())

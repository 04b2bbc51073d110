"""A batch ends once: its budget is shut, and what it came to is told."""

from typing import Final

from app.db import batches as rows
from app.db.uow import Tx
from app.domain.batch import Batch, Status
from app.services import events, own_budgets
from app.services.batches import budget
from app.services.editing import edit
from app.services.jobs.held import Held
from app.services.jobs.submitting import submit
from app.services.world import World

KIND: Final = "batch"  # of its jobs
WORDS: Final = {"succeeded": "every line was asked", "failed": "it stopped", "cancelled": "somebody stopped it"}


def ended(held: Held, batch: Batch, status: Status, *, error: str | None = None) -> None:
    """The job's batch has ended, unless the job is somebody else's by now."""

    def apply(tx: Tx) -> None:
        if held.holds(tx):
            end(tx, held.world, batch.id, status, error=error)

    if batch.budget is None:
        with held.world.store.write() as tx:
            apply(tx)
    else:
        edit(held.world, apply)


def end(tx: Tx, world: World, batch_id: str, status: Status, *, error: str | None = None) -> bool:
    """Whether it had not ended before. Its job goes on where providers work on it: they are told, and may be owed."""
    if not rows.end(tx, batch_id, status, world.now(), error=error):
        return False
    batch, standing = rows.get(tx, batch_id), rows.standing(tx, batch_id)
    own_budgets.shut(world, tx, budget.own(batch))
    if batch.via == "provider" and status != "succeeded":
        submit(tx, world, KIND, about=batch_id)
    told = {
        "lines": standing.lines,
        "answered": standing.answered,
        "failed": standing.failed,
        "error": error,
    }
    text = f"{WORDS[status]}: {standing.answered} of {standing.lines} lines are done, {standing.failed} with an error"
    events.record(tx, world, f"batch.{status}", about=batch_id, text=text, data=told, actor=batch.actor)
    return True

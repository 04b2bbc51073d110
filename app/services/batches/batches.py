"""Batches as people see them: listed, shown, read as they are answered, cancelled and deleted."""

from collections.abc import Iterator
from itertools import chain
from typing import Final

from app.db import batch_lines as line_rows
from app.db import batches as rows
from app.db import jobs as job_rows
from app.db.uow import Tx
from app.domain.batch import Batch, Door, Line, LineError, Status
from app.domain.errors import Conflict
from app.services import own_budgets
from app.services.batches import budget, ending
from app.services.batches.ending import KIND
from app.services.batches.progress import Progress, told
from app.services.batches.receiving import drop
from app.services.editing import edit
from app.services.world import World

AT_ONCE: Final = 100  # lines read at once
UNASKED: Final = {
    "cancelled": ("batch-cancelled", "the batch was cancelled before this line was asked"),
    "batch-expired": ("batch-expired", "the batch was over its deadline before this line was asked"),
    "key-revoked": ("key-revoked", "the key that asked was revoked before this line was asked"),
    "budget-exceeded": ("budget-exceeded", "a budget had nothing left before this line was asked"),
}
STOPPED: Final = ("batch-failed", "the batch stopped before this line was asked")


def get(world: World, batch_id: str) -> Batch:
    """Raises NotFound."""
    with world.store.read() as tx:
        return rows.get(tx, batch_id)


def page(
    world: World, *, status: Status | None = None, cursor: str | None = None, limit: int = 50
) -> tuple[list[Progress], str | None]:
    """Batches, newest first, with where they stand. Raises Invalid for a foreign cursor."""
    with world.store.read() as tx:
        found, following = rows.page(tx, status=status, cursor=cursor, limit=limit)
    return [told(world, *each) for each in found], following


def after(world: World, batch_id: str | None, *, door: Door, limit: int) -> list[Progress]:
    """At most so many of that door that are older than that one, newest first. Raises NotFound."""
    with world.store.read() as tx:
        found = rows.after(tx, None if batch_id is None else rows.get(tx, batch_id), door=door, limit=limit)
    return [told(world, *each) for each in found]


def done(world: World, batch_id: str, *, after: int = 0, failed: bool | None = None) -> Iterator[Line]:
    """Lines that are done, in the order in which they were, from the one after that turn on; read one by one.

    `failed`: only those with an error, or only those without. Raises NotFound, Conflict (`batch-forgotten`).
    """
    _check_kept(get(world, batch_id))
    return _done(world, batch_id, after, failed)


def unasked(world: World, batch: Batch) -> Iterator[Line]:
    """Lines of a batch that ended before they were asked, each with the error that says so."""
    code, message = UNASKED.get(batch.error or batch.status, STOPPED)
    if not batch.over or batch.status == "succeeded":
        return
    place = -1
    while True:
        with world.store.read() as tx:
            found = line_rows.undone(tx, batch.id, after=place, limit=AT_ONCE)
        for line in found:
            yield Line(
                line.place,
                line.custom_id,
                line.line,
                line.shape,
                {},
                error=LineError("Conflict", code, message),
                ended_at=batch.ended_at,
            )
        if len(found) < AT_ONCE:
            return
        place = found[-1].place


def without_answer(world: World, batch: Batch) -> Iterator[Line]:
    """Lines with an error, then those that were never asked. Raises Conflict (`batch-forgotten`)."""
    return chain(done(world, batch.id, failed=True), unasked(world, batch))


def cancel(world: World, batch_id: str) -> Batch:
    """Stop it within about a second, with the calls that are under way hung up; what is answered stays.

    Raises NotFound, Conflict (`batch-over`) for one that has ended.
    """

    def apply(tx: Tx) -> Batch:
        job = job_rows.of(tx, KIND, batch_id)
        if job is not None:
            job_rows.cancel(tx, job.id, world.now())
        if not ending.end(tx, world, batch_id, "cancelled"):
            rows.get(tx, batch_id)
            raise Conflict("the batch has ended", code="batch-over")
        return rows.get(tx, batch_id)

    return edit(world, apply)


def delete(world: World, batch_id: str) -> None:
    """With its lines, answers and budget; its calls stay on the books.

    Raises NotFound, Conflict (`batch-running`) before it has ended.
    """
    batch = get(world, batch_id)

    def check(tx: Tx) -> None:
        if not rows.get(tx, batch_id).over:
            raise Conflict("the batch has not ended; cancel it first", code="batch-running")

    drop(world, batch_id, check)
    if batch.budget is not None:
        edit(world, lambda tx: own_budgets.remove(tx, budget.own(batch)))


def _check_kept(batch: Batch) -> None:
    if batch.forgotten_at is not None:
        raise Conflict("its lines and answers were forgotten, as RETENTION_BATCHES_DAYS says", code="batch-forgotten")


def _done(world: World, batch_id: str, turn: int, failed: bool | None) -> Iterator[Line]:
    while True:
        with world.store.read() as tx:
            found = line_rows.done(tx, batch_id, after=turn, limit=AT_ONCE, failed=failed)
        yield from found
        if len(found) < AT_ONCE:
            return
        turn = found[-1].turn or turn

"""A batch is run as a job: its lines are asked by a crew, recorded as soon as they are done, and it ends or waits."""

import logging
from collections.abc import Sequence
from typing import Final

from app.db import batch_lines as line_rows
from app.db import batches as rows
from app.db.uow import Tx
from app.domain.batch import EXPIRED, REVOKED, Batch, Line, Status
from app.domain.errors import BudgetExceeded, CallerLeft, Conflict
from app.domain.job import Job
from app.services import own_budgets
from app.services.batches import asking, budget, collecting, ending, shipping
from app.services.comparing.crew import Crew
from app.services.jobs.held import Held, Later
from app.services.world import World

AHEAD: Final = 32  # lines read at once
WAIT_S: Final = 30.0  # until a batch that waits for a budget looks again

log = logging.getLogger(__name__)


def run(held: Held) -> None:
    """The handler of such jobs. Nothing is asked that is answered. Raises Later while a budget has nothing left."""
    with held.world.store.write() as tx:
        if not held.holds(tx):
            return
        taken = rows.take(tx, held.job.about, held.world.now())
        batch = rows.get(tx, held.job.about)
    if taken:
        Running(held, batch).run()
    elif batch.via == "provider":  # it ended while providers worked on it
        pause_s = collecting.wind_up(held, batch)
        if pause_s is not None:
            raise Later(pause_s)


def dropped(tx: Tx, world: World, job: Job) -> None:
    """Its job ended without the handler: the batch has failed, or was cancelled."""
    status: Status = "cancelled" if job.status == "cancelled" else "failed"
    ending.end(tx, world, job.about, status, error=job.error if status == "failed" else None)


def revived(tx: Tx, world: World, job: Job) -> None:
    """The dead job of a batch that had failed with it waits again, and the batch too."""
    if rows.queue_again(tx, job.about):
        own_budgets.open_again(world, tx, budget.own(rows.get(tx, job.about)))


class Running:
    """One run of a held batch, until its job's `departure` is left."""

    def __init__(self, held: Held, batch: Batch) -> None:
        self._held: Final = held
        self._world: Final = held.world
        self._it: Final = batch
        self._desk: Final = asking.desk(held.world, batch, held.departure)
        self._late = False
        self._revoked = self._is_revoked()

    def run(self) -> None:
        """Ask all lines that are not done. Raises CallerLeft, Later, StoreUnavailable."""
        if self._is_late() and self._open_lines():
            self._end("failed", error=EXPIRED)
            return
        if self._revoked:
            self._end("failed", error=REVOKED)
            return
        pause_s = self._shipped()
        if pause_s is not None and self._it.budget is not None:
            raise Later(pause_s)  # what is on its way may cost all that is left
        crew = Crew(self._lines, self._answer, self._record, departure=self._held.departure)
        try:
            whole = crew.work(self._it.concurrency)
        except Conflict as error:  # its budget was taken away
            self._end("failed", error=error.code)
            return
        if whole and pause_s is not None:
            raise Later(pause_s)
        if whole:
            self._end("succeeded")
        elif self._desk.refused is not None:
            self._refused(self._desk.refused)
        elif self._late or self._revoked:
            self._end("failed", error=EXPIRED if self._late else REVOKED)
        else:
            raise CallerLeft("the job is not this worker's any more")

    def _shipped(self) -> float | None:
        """Seconds until providers' batches should be looked at again; None when nothing is on its way."""
        if self._it.via != "provider":
            return None
        shipping.ship(self._held, self._it)
        pause_s = collecting.collect(self._held, self._it)
        self._held.departure.pause(0)
        return pause_s

    def _open_lines(self) -> int:
        with self._world.store.read() as tx:
            standing = rows.standing(tx, self._it.id)
        return standing.lines - standing.answered

    def _is_late(self) -> bool:
        return self._it.deadline is not None and self._world.now() >= self._it.deadline

    def _refused(self, refusal: BudgetExceeded) -> None:
        if self._it.on_budget == "end" or budget.is_own(self._it, refusal):
            self._end("failed", error=refusal.code)
            return
        with self._world.store.write() as tx:
            if self._held.holds(tx):
                rows.wait(tx, self._it.id, refusal.code)
        raise Later(WAIT_S)

    def _is_revoked(self) -> bool:
        """Whether somebody has taken back the key that asks. One that was rotated, or ran out, asks to the end."""
        keys = self._world.snapshots.current.keys.values()
        return any(key.revoked_at is not None for key in keys if key.id == self._it.key_id)

    def _lines(self, after: int) -> Sequence[Line]:
        self._revoked = self._is_revoked()
        with self._world.store.read() as tx:
            return line_rows.pending(tx, self._it.id, after=after, limit=AHEAD)

    def _answer(self, line: Line) -> Line | None:
        self._late = self._is_late()
        if self._late or self._revoked:
            return None
        return asking.answer(self._desk, line)

    def _record(self, several: Sequence[Line]) -> None:
        with self._world.store.write() as tx:
            if not self._held.holds(tx):
                return  # whoever has the job now asks them again; what they have cost is booked with their calls
            line_rows.record(tx, self._it.id, several)
            standing = rows.standing(tx, self._it.id)
        self._held.progress(standing.answered, standing.lines)

    def _end(self, status: Status, *, error: str | None = None) -> None:
        ending.ended(self._held, self._it, status, error=error)

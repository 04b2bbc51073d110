"""A held job is what its handler works with: the world, the job, how to tell progress, and when to stop."""

import threading
import time
from contextlib import suppress
from typing import Final

from app.db import job_claims as claims
from app.db import jobs as rows
from app.db.uow import Tx
from app.domain.errors import ModelMatchError
from app.domain.job import Job
from app.services.departure import Departure
from app.services.world import World

TOLD_S: Final = 0.5


class Later(Exception):
    """Raised by a handler that has nothing to do for `after_s` seconds: the job is due again then; that was no try."""

    def __init__(self, after_s: float) -> None:
        super().__init__(after_s)
        self.after_s = after_s


class Held:
    """One job at its holder. Safe to share between threads.

    `departure` is left when the lease is lost, the job is cancelled, or the process stops: the handler returns soon, or
    raises CallerLeft, and what it has not recorded is done again by whoever comes next. So effects must be idempotent.
    """

    def __init__(self, world: World, job: Job) -> None:
        self.world: Final = world
        self.job: Final = job
        self.departure: Final = Departure()
        self._lock = threading.Lock()
        self._done = job.done
        self._total = job.total
        self._told_at = 0.0

    @property
    def claim(self) -> claims.Claim:
        """The job's id and its holder."""
        return self.job.id, str(self.job.holder)

    @property
    def standing(self) -> tuple[int, int | None]:
        """How many parts are done, and of how many."""
        return self._done, self._total

    def holds(self, tx: Tx) -> bool:
        """Whether the job is this holder's until the unit of work has ended; else `departure` is left too.

        Call it in the transaction that records an effect, first; on False record nothing.
        """
        if claims.holds(tx, self.claim):
            return True
        self.departure.leave()
        return False

    def progress(self, done: int, total: int | None = None) -> None:
        """So many parts are done. It is stored twice a second at most, in a transaction of its own; never raises."""
        with self._lock:
            self._done, self._total = done, self._total if total is None else total
            now = time.monotonic()
            if now - self._told_at < TOLD_S:
                return
            self._told_at = now
        with suppress(ModelMatchError), self.world.store.write() as tx:  # what was counted is told again at the end
            rows.tell_progress(tx, self.job, done, self._total)

"""A worker claims what is due, of each kind as many at once as it has places, and gives each job a thread."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Collection
from typing import Final

from app.db import job_claims as claims
from app.domain.errors import Conflict, ModelMatchError
from app.domain.job import Job
from app.services.jobs import performing
from app.services.jobs.bell import Bell
from app.services.jobs.handlers import HANDLERS
from app.services.jobs.held import Held
from app.services.jobs.leases import TERM_S, Leases
from app.services.world import World

log = logging.getLogger(__name__)
POLL_S: Final = 0.5
AWAY_S: Final = 2.0  # after the store did not answer
CLOSING_S: Final = 5.0


class Worker:
    """Any number per process; `start` it after any fork. Several processes share the work, each job in one at a time.

    `places`: jobs of one kind at once, so that none takes the place of another. `kinds`: those that it takes, all if
    absent; `about`: only jobs about this. What a killed process held is taken over when its lease has run out.
    """

    def __init__(
        self, world: World, *, places: int, kinds: Collection[str] | None = None, about: str | None = None
    ) -> None:
        self._world = world
        self._places = places
        self._kinds = tuple(HANDLERS if kinds is None else kinds)
        self._about = about
        self._leases = Leases(world)
        self._lock = threading.Lock()
        self.ended: Final = Bell()  # rings whenever a job has ended here
        self._busy: Counter[str] = Counter()
        self._threads: set[threading.Thread] = set()
        self._claiming = False
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin to look for jobs that wait."""
        self._leases.start()
        self._thread.start()

    @property
    def busy(self) -> int:
        """How many jobs are under way."""
        with self._lock:
            return self._busy.total()

    def drained(self) -> bool:
        """Whether nothing runs here and nothing is due; what waits for a later moment does not count.

        Raises StoreUnavailable.
        """
        with self._world.store.read() as tx:
            waiting = claims.waiting(tx, self._kinds, self._world.now(), TERM_S, about=self._about)
        return not (waiting or self._claiming or self.busy)

    def close(self) -> None:
        """Hang up what is under way and hand it back; returns when that is done, or after a few seconds."""
        until = time.monotonic() + CLOSING_S
        self._closed.set()
        self._world.bell.ring()
        self._thread.join(CLOSING_S)
        for held in self._leases.all():
            held.departure.leave()
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        self._leases.close()

    def _run(self) -> None:
        while not self._closed.is_set():
            wait_s = POLL_S
            try:
                while not self._closed.is_set() and self._look():
                    pass
            except ModelMatchError as error:
                log.warning("jobs_failed", extra={"code": error.code})
                wait_s = AWAY_S
            except Exception:  # whoever waits next must be run; what went wrong is logged
                log.exception("jobs_crashed")
                wait_s = AWAY_S
            self._world.bell.wait(wait_s)

    def _look(self) -> int:
        self._claiming = True
        try:
            return self._claim_some()
        finally:
            self._claiming = False

    def _claim_some(self) -> int:
        """How many jobs have begun, of all kinds that have a place free."""
        free = {kind: places for kind in self._kinds if (places := self._places - self._busy[kind]) > 0}
        if not free:
            return 0
        with self._world.store.read() as tx:
            waiting = claims.waiting(tx, list(free), self._world.now(), TERM_S, about=self._about)
        return sum(self._claim(kind, free[kind]) for kind in waiting)

    def _claim(self, kind: str, most: int) -> int:
        world, since = self._world, time.monotonic()
        try:
            with world.store.write() as tx:
                claimed = claims.claim(tx, kind, world.new_id(), world.now(), TERM_S, most=most, about=self._about)
        except Conflict:  # another process has begun one of the same lane meanwhile
            return 0
        for job in claimed:
            if not performing.buried(world, job):
                self._begin(job, since)
        return len(claimed)

    def _begin(self, job: Job, since: float) -> None:
        held = Held(self._world, job)
        self._leases.keep(held, since=since)
        thread = threading.Thread(target=self._perform, args=(held,), name=f"job-{job.kind}", daemon=True)
        with self._lock:
            self._busy[job.kind] += 1
            self._threads.add(thread)
        thread.start()

    def _perform(self, held: Held) -> None:
        try:
            performing.perform(held)
        except ModelMatchError as error:  # its lease runs out, and another one goes on
            log.warning("job_unsettled", extra={"job": held.job.id, "code": error.code})
        finally:
            self._leases.drop(held)
            with self._lock:
                self._busy[held.job.kind] -= 1
                self._threads.discard(threading.current_thread())
            self.ended.ring()
            self._world.bell.ring()  # a place is free

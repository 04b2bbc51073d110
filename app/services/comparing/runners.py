"""Comparisons that wait are run in a few daemon threads of each server, or one of them in the calling process."""

import logging
import threading
from collections.abc import Callable
from typing import Final

from app.db import comparison_claims as claims
from app.db import comparisons as rows
from app.domain.comparison.comparison import Comparison
from app.domain.errors import ModelMatchError
from app.services.comparing import progress
from app.services.comparing.errands import Errand
from app.services.comparing.lease import TERM_S, Lease
from app.services.comparing.progress import Progress
from app.services.comparing.running import Running
from app.services.departure import Departure
from app.services.world import World

log = logging.getLogger(__name__)
AT_ONCE: Final = 2  # comparisons that one process runs
POLL_S: Final = 0.5
AWAY_S: Final = 2.0  # after the store did not answer
TOLD_S: Final = 0.5
CLOSING_S: Final = 5.0


class Comparisons:
    """One per process; `start` it after any fork. Several processes share the work, each comparison in one at a time.

    What a killed process ran is taken over when its lease has run out: what was answered stays, and only what was in
    flight is asked again.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._departure = Departure()
        self._lock = threading.Lock()
        self._under_way: set[Departure] = set()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to look for comparisons that wait."""
        self._threads = [threading.Thread(target=self._run, name="comparisons", daemon=True) for _ in range(AT_ONCE)]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Hang up what is under way and hand it back; returns when that is done, or after a few seconds."""
        with self._lock:
            under_way = list(self._under_way)
            self._departure.leave()
        for departure in under_way:
            departure.leave()
        for thread in self._threads:
            thread.join(CLOSING_S)

    def _run(self) -> None:
        while not self._departure.wait(POLL_S):
            try:
                while not self._departure.left and self._run_one():
                    pass
            except ModelMatchError as error:
                log.warning("comparisons_failed", extra={"code": error.code})
                self._departure.wait(AWAY_S)
            except Exception:  # whoever waits next must be run; what went wrong is logged
                log.exception("comparisons_crashed")
                self._departure.wait(AWAY_S)

    def _run_one(self) -> bool:
        """Whether there was one to run."""
        world = self._world
        with world.store.read() as tx:
            if not claims.waiting(tx, world.now(), TERM_S):
                return False
        holder = world.new_id()
        with world.store.write() as tx:
            claimed = claims.claim(tx, holder, world.now(), TERM_S)
        if claimed is None:
            return False
        departure = Departure()
        with self._lock:
            self._under_way.add(departure)
            if self._departure.left:
                departure.leave()
        try:
            _run(world, claimed, holder, departure)
        finally:
            with self._lock:
                self._under_way.discard(departure)
        return True


def run_here(world: World, comparison_id: str, on_progress: Callable[[Progress], None]) -> Comparison:
    """The comparison once it has ended, run by this process, or by whichever had it first and lives.

    `on_progress` is called twice a second, and once at the end. Raises NotFound, StoreUnavailable; a KeyboardInterrupt
    hands the comparison back, so that somebody can go on with it.
    """
    departure = Departure()
    progress.of(world, comparison_id)
    working = Errand(lambda: _until_over(world, comparison_id, departure), name="comparisons")
    try:
        while working.under_way:
            on_progress(progress.of(world, comparison_id))
            working.wait(TOLD_S)
    finally:
        departure.leave()
        working.wait(CLOSING_S)
    on_progress(progress.of(world, comparison_id))
    with world.store.read() as tx:
        return rows.get(tx, comparison_id)


def _until_over(world: World, comparison_id: str, departure: Departure) -> None:
    holder = world.new_id()
    while not departure.left and not progress.of(world, comparison_id).over:
        with world.store.write() as tx:
            claimed = claims.claim(tx, holder, world.now(), TERM_S, comparison_id=comparison_id)
        if claimed is None:
            departure.wait(POLL_S)
        else:
            _run(world, claimed, holder, departure)


def _run(world: World, claimed: Comparison, holder: str, departure: Departure) -> None:
    """Run it while the lease holds; by a defect it fails, lest everybody take it over and fall in turn."""
    running = Running(world, claimed, holder=holder, departure=departure)
    expected = False
    try:
        with Lease(world, claimed.id, holder=holder, departure=departure):
            running.run()
        expected = True
    except ModelMatchError:
        expected = True
        raise
    finally:
        if not expected:
            running.crashed()

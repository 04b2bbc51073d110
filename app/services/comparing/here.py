"""A comparison is run by the calling process, as at a terminal, rather than by whichever server comes first."""

from collections.abc import Callable
from typing import Final

from app.db import comparisons as rows
from app.domain.comparison.comparison import Comparison
from app.services.comparing import progress
from app.services.comparing.making import JOB
from app.services.comparing.progress import Progress
from app.services.jobs.worker import Worker
from app.services.world import World

TOLD_S: Final = 0.5


def run_here(world: World, comparison_id: str, on_progress: Callable[[Progress], None]) -> Comparison:
    """The comparison once it has ended, run by this process, or by whichever had it first and lives.

    `on_progress` is called twice a second, and once at the end. Raises NotFound, StoreUnavailable; a KeyboardInterrupt
    hands the comparison back, so that somebody can go on with it.
    """
    now = progress.of(world, comparison_id)
    worker = Worker(world, places=1, kinds=(JOB,), about=comparison_id)
    worker.start()
    try:
        while not now.over:
            on_progress(now)
            worker.ended.wait(TOLD_S)
            now = progress.of(world, comparison_id)
    finally:
        worker.close()
    on_progress(now)
    with world.store.read() as tx:
        return rows.get(tx, comparison_id)

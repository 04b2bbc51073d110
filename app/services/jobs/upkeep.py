"""What the beat does for jobs: those that ended long ago go, and what a clock that was set back put off is due."""

from collections.abc import Iterator
from typing import Final

from app.db import jobs as rows
from app.services.world import World

AT_ONCE: Final = 1_000  # forgotten in one unit of work, so that nobody waits long for it
ROUNDS: Final = 10  # in one beat


def keep_up(world: World) -> Iterator[str]:
    """A line for each thing that was done."""
    moment = world.now()
    forgotten = 0
    for _ in range(ROUNDS):
        with world.store.write() as tx:
            gone = rows.prune(tx, moment - world.policy.job_retention, limit=AT_ONCE)
        forgotten += gone
        if gone < AT_ONCE:
            break
    with world.store.write() as tx:
        recalled = rows.recall(tx, moment)
    if forgotten:
        yield f"forgot {forgotten} jobs that had ended"
    if recalled:
        yield f"{recalled} jobs are due sooner, since the clock was set back"

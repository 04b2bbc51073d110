"""Lines and answers of batches, and uploaded files, are kept for a time; what a batch came to stays."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from app.db import batch_files as file_rows
from app.db import batch_lines as line_rows
from app.db import batches as rows
from app.services.batches.receiving import CHUNK, drop
from app.services.world import World

LONGEST_UPLOAD: Final = timedelta(hours=6)  # one that began before is not coming any more
AT_ONCE: Final = 20  # batches, or files, of one beat


def forget(world: World) -> Iterator[str]:
    """A line for each kind of things that were dropped."""
    now = world.now()
    past = now - world.policy.batch_retention
    with world.store.read() as tx:
        over = rows.forgettable(tx, past, limit=AT_ONCE)
        abandoned = rows.abandoned(tx, now - LONGEST_UPLOAD, limit=AT_ONCE)
        files = list(file_rows.old(tx, before=past, unready_before=now - LONGEST_UPLOAD, limit=AT_ONCE))
    for batch_id in over:
        _forget_lines(world, batch_id)
    for batch_id in abandoned:
        drop(world, batch_id)
    for file_id in files:
        with world.store.write() as tx:
            file_rows.remove(tx, file_id)
    told = {"batches' lines": over, "unfinished uploads": abandoned, "uploaded files": files}
    for what, gone in told.items():
        if gone:
            yield f"forgot {len(gone)} {what}"


def _forget_lines(world: World, batch_id: str) -> None:
    gone = CHUNK
    while gone == CHUNK:
        with world.store.write() as tx:
            gone = line_rows.remove_some(tx, batch_id, limit=CHUNK)
    with world.store.write() as tx:
        rows.forget(tx, batch_id, world.now())

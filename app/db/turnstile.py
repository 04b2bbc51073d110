"""One writer at a time over all processes of a file, in fair order: a lock file taken before SQLite's own lock."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PRIVATE = 0o600


@contextmanager
def turn(path: Path) -> Iterator[None]:
    """Waits for its turn and holds it inside the block.

    Opened anew each time, so that threads and forked children never share one lock. The kernel wakes waiters in order
    and frees the lock of a process that dies; SQLite's busy wait does neither fairly.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)

"""One writer at a time over all processes of a file, in fair order: a lock file taken before SQLite's own lock."""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.domain.errors import StoreUnavailable

PRIVATE = 0o600


@contextmanager
def turn(path: Path, *, timeout_s: float | None = None) -> Iterator[None]:
    """Waits for its turn and holds it inside the block. Raises StoreUnavailable when it does not come in time.

    Opened anew each time, so that threads and forked children never share one lock. The kernel wakes waiters in order
    and frees the lock of a process that dies; SQLite's busy wait does neither fairly.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
    try:
        if not _taken(descriptor):
            _wait(descriptor, timeout_s)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def turn_if_free(path: Path) -> Iterator[bool]:
    """Whether it was free, and is therefore held inside the block."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
    try:
        yield _taken(descriptor)
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait(descriptor: int, timeout_s: float | None) -> None:
    """Queues up in the kernel. It knows no time limit, so a thread waits there, and is left behind when it is late."""
    if timeout_s is None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return
    own, came = os.dup(descriptor), threading.Event()

    def queue() -> None:
        try:
            fcntl.flock(own, fcntl.LOCK_EX)
            came.set()
        finally:
            os.close(own)  # the lock is that of both descriptors, and goes with the last of them

    threading.Thread(target=queue, name="turn", daemon=True).start()
    if not came.wait(timeout_s):
        raise StoreUnavailable("another process holds the store for too long")

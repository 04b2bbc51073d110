"""A server that is asked to stop says so to nobody; whoever would keep it waiting, or must tidy up, is told here."""

import os
import signal
import threading
from collections.abc import Callable
from multiprocessing.util import Finalize
from typing import Final

SIGNALS: Final = frozenset({signal.SIGINT, signal.SIGTERM})
BYTES: Final = 256


def notice(told: Callable[[], None]) -> None:
    """Call `told`, in a thread of its own, when this process is asked to stop.

    Servers set their own handlers after they have loaded the application, so no handler is set here: the interpreter
    writes the number of each signal that has one to a pipe as well. A pipe that the server had set before is passed
    everything on. Only a process's main thread can set it; in any other, nothing is noticed.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    threading.Thread(target=_listen, args=(reading, before, told), name="stopping", daemon=True).start()


def at_end(told: Callable[[], None]) -> None:
    """Call `told` when this process ends and is not killed.

    A worker that multiprocessing has forked, as granian's are, ends without the interpreter's own exit: nobody calls
    what stands in `atexit` there. Finalizers of multiprocessing are called in such a worker and in any other process.
    """
    Finalize(None, told, exitpriority=0)


def _listen(reading: int, before: int, told: Callable[[], None]) -> None:
    while numbers := os.read(reading, BYTES):
        if before >= 0:
            try:
                os.write(before, numbers)
            except OSError:  # closed or full: its owner has been woken, or sleeps for good
                before = -1
        if SIGNALS.intersection(numbers):
            told()

"""A line is one attempt's connection to a vendor: anybody may hang it up, and only tokens keep it from its limits."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic, sleep
from typing import Literal

from app.domain.errors import CallerLeft, ModelMatchError, ProviderTimeout

Limit = Literal["total", "first-token", "idle"]

LOOK_S = 0.1  # how late a limit may be noticed at most
LEAST_LOOK_S = 0.005

_TOLD: dict[Limit, str] = {
    "total": "gave no whole answer in time",
    "first-token": "did not begin to answer in time",
    "idle": "fell silent in the middle of its answer",
}


class Line:
    """Held to `timeout_s` from its opening, `first_s` until the first token and `idle_s` between two tokens.

    The limits that speak of tokens hold for streams; a whole answer has all its tokens at its end. While a consumer
    keeps a token and does not ask for the next, the vendor is not late. `left` is set once `hang_up` was called,
    `expired` once a limit has passed. A line serves one attempt.
    """

    def __init__(self, *, timeout_s: float, first_s: float | None = None, idle_s: float | None = None) -> None:
        self.timeout_s = timeout_s
        self.first_s = first_s
        self.idle_s = idle_s
        self.left = False
        self.expired: Limit | None = None
        self._is_silent = True  # no token yet
        self._is_over = False
        self._end = self._due = float("inf")
        self._lock = threading.Lock()
        self._cut = threading.Event()
        self._socket: socket.socket | None = None

    def hang_up(self) -> None:
        """The caller wants no answer any more: a read that blocks in the attempt's thread returns at once.

        Safe in any thread, any number of times, before the attempt and after it.
        """
        self.left = True
        self._shut()

    def open(self, provider: str, *, whole: bool = False) -> None:
        """The attempt begins, and with it the limits. Raises CallerLeft when nobody waits for it."""
        self.check(provider)
        now = monotonic()
        self._end = self._due = now + self.timeout_s
        if self.first_s is not None and not whole:
            self._due = min(self._end, now + self.first_s)
        _watch.add(self)

    def spoke(self) -> None:
        """A token has come. Until `listen`, the consumer has it and only the total limit runs."""
        self._is_silent = False
        self._due = self._end

    def listen(self) -> None:
        """The next token is waited for."""
        if self.idle_s is not None:
            self._due = min(self._end, monotonic() + self.idle_s)

    def linger(self, seconds: float) -> None:
        """The answer is whole; what the vendor still sends is read for this long at most, and is nobody's failure."""
        self._is_over = True
        self._due = min(self._end, monotonic() + seconds)

    def wait(self, seconds: float) -> bool:
        """Sleeps; True as soon as the line is hung up or a limit has passed, False after `seconds`."""
        cut = self._cut.wait(max(min(seconds, self._due - monotonic()), 0.0))
        return cut or self.expire(monotonic())

    def expire(self, now: float) -> bool:
        """Hangs up if a limit has passed at `now` (on the monotonic clock); whether it had."""
        if now < self._due:
            return False
        if self.expired is None and not self._is_over:
            self.expired = "total" if now >= self._end else "first-token" if self._is_silent else "idle"
        self._shut()
        return True

    def check(self, provider: str) -> None:
        """Raises CallerLeft or ProviderTimeout when the line was cut on this side, whatever a read made of it."""
        failure = self.failure(provider)
        if failure is not None:
            raise failure

    def failure(self, provider: str) -> ModelMatchError | None:
        """Why the line was cut on this side, or None."""
        if self.left:
            return CallerLeft("the caller left before the answer was whole")
        if self.expired is not None:
            return ProviderTimeout(f"{provider} {_TOLD[self.expired]}", provider=provider)
        return None

    def close(self) -> None:
        """The attempt is over: nothing is hung up any more."""
        _watch.discard(self)
        with self._lock:
            self._socket = None

    def hold(self, connected: socket.socket) -> None:
        """This socket carries the attempt from now on; on a line that is already cut it is shut at once."""
        with self._lock:
            self._socket = connected
            if self._cut.is_set():
                _shutdown(connected)

    def drop(self, connected: socket.socket) -> None:
        """This socket carries another attempt from now on, or is to be closed: this line must not hang it up."""
        with self._lock:
            if self._socket is connected:
                self._socket = None

    @contextmanager
    def steady(self) -> Iterator[None]:
        """Within, nothing is hung up: a socket may be closed without its number meaning another one meanwhile."""
        with self._lock:
            yield

    @property
    def is_cut(self) -> bool:
        """Whether it was hung up, by the caller or at a limit."""
        return self._cut.is_set()

    @property
    def due(self) -> float:
        """When the next limit passes, on the monotonic clock."""
        return self._due

    def _shut(self) -> None:
        with self._lock:
            self._cut.set()
            if self._socket is not None:
                _shutdown(self._socket)


def _shutdown(connected: socket.socket) -> None:
    # Not the method of SSLSocket: it would take the TLS state away from under the thread that reads.
    with suppress(OSError):
        socket.socket.shutdown(connected, socket.SHUT_RDWR)


class _Watch:
    """Looks at the open lines from one thread per process, which sleeps while there are none."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Starts anew: a forked child has neither the thread nor the attempts of its parent."""
        self._changed = threading.Condition()
        self._lines: set[Line] = set()
        self._is_running = False

    def add(self, line: Line) -> None:
        with self._changed:
            self._lines.add(line)
            if not self._is_running:
                self._is_running = True
                threading.Thread(target=self._look, name="lines", daemon=True).start()
            elif len(self._lines) == 1:
                self._changed.notify()

    def discard(self, line: Line) -> None:
        with self._changed:
            self._lines.discard(line)

    def _look(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._lines)
                lines = tuple(self._lines)
            now = monotonic()
            for line in lines:
                if line.expire(now):
                    self.discard(line)
            sleep(min(max(min(line.due for line in lines) - now, LEAST_LOOK_S), LOOK_S))


_watch = _Watch()
os.register_at_fork(after_in_child=_watch.forget)
_speaking = threading.local()


@contextmanager
def speaking(line: Line) -> Iterator[None]:
    """Within, connections that this thread opens or takes from a pool belong to the line."""
    before = current()
    _speaking.line = line
    try:
        yield
    finally:
        _speaking.line = before


def current() -> Line | None:
    """The line of the attempt that this thread begins."""
    found: Line | None = getattr(_speaking, "line", None)
    return found

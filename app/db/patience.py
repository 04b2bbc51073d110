"""How long a thread waits for PostgreSQL: a server that takes a question and never answers is left, not waited for."""

import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import psycopg
from psycopg.rows import TupleRow

T = TypeVar("T")
SILENCE_S: Final = 3.0  # one answer of the server, unless said otherwise


class _Limits(threading.local):
    silence_s: float = SILENCE_S
    until: float | None = None

    def left(self) -> float:
        """Seconds that the next answer may take."""
        return self.silence_s if self.until is None else min(self.silence_s, self.until - time.monotonic())


_limits = _Limits()


@contextmanager
def patience(*, silence_s: float = SILENCE_S, within_s: float | None = None) -> Iterator[None]:
    """Inside the block this thread waits `silence_s` for each answer, and `within_s` for all of them together."""
    before = _limits.silence_s, _limits.until
    _limits.silence_s = silence_s
    _limits.until = None if within_s is None else time.monotonic() + within_s
    try:
        yield
    finally:
        _limits.silence_s, _limits.until = before


class Connection(psycopg.Connection[TupleRow]):
    """A connection that closes itself, as if the server had, when an answer takes longer than the thread waits.

    tcp_user_timeout notices a peer that is gone; a server that hangs, or one behind a proxy, still acknowledges.
    """

    def wait(self, gen: Generator[Any, Any, T], interval: float = 0.1, timeout: float | None = None) -> T:
        """What psycopg waits for. Raises OperationalError, and leaves the connection closed, when it takes too long."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, max(0.0, _limits.left()))
        except psycopg.errors._WaitTimeout as error:
            self.pgconn.finish()
            raise psycopg.OperationalError("the server did not answer in time") from error

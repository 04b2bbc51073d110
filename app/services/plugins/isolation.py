"""A stranger's code is asked within a short time, in two threads, and left alone for a while when it fails."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Generic, Literal, TypeVar

T = TypeVar("T")
THREADS: Final = 2
WAITING: Final = 4  # questions that may wait for a thread
FAILURES: Final = 3  # in a row
REST_S: Final = 30.0

Failure = Literal["timeout", "raised", "busy", "resting"]


@dataclass(frozen=True, slots=True)
class Ended(Generic[T]):
    """What a question came to: its value, or `why` there is none; `error` is what the stranger's code raised."""

    value: T | None = None
    why: Failure | None = None
    error: BaseException | None = None


class _Question(Generic[T]):
    __slots__ = ("begun", "done", "ended", "timeout_s", "work")

    def __init__(self, work: Callable[[], T], timeout_s: float) -> None:
        self.work, self.timeout_s = work, timeout_s
        self.begun = False
        self.ended: Ended[T] | None = None
        self.done = threading.Event()


class Isolated(Generic[T]):
    """One per plugin and process. Nobody waits longer than they say; whatever it does, its asker gets an answer.

    After FAILURES failures in a row it is not asked for REST_S, then with one more failure again. A thread in which it
    hangs is lost until it returns; when all are, nobody waits. `failed` says of a value that it is a failure,
    `on_rest` is told of each rest that begins.
    """

    def __init__(
        self,
        *,
        failed: Callable[[T], bool] = lambda _: False,
        on_rest: Callable[[Ended[T]], None] = lambda _: None,
        threads: int = THREADS,
        waiting: int = WAITING,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._failed, self._on_rest, self._most_waiting, self._now = failed, on_rest, waiting, now
        self._changed = threading.Condition()
        self._waiting: deque[_Question[T]] = deque()
        self._threads: list[threading.Thread | None] = [None] * threads
        self._late_at: dict[int, float] = {}
        self._open = True
        self._in_row = 0
        self._rests_until = -math.inf

    @property
    def resting(self) -> bool:
        """Whether it is left alone at present."""
        return self._now() < self._rests_until

    @property
    def under_way(self) -> int:
        """How many questions are being answered, those given up included."""
        return len(self._late_at)

    @property
    def waiting(self) -> int:
        """How many questions wait for a thread."""
        return len(self._waiting)

    def ask(self, work: Callable[[], T], *, timeout_s: float) -> Ended[T]:
        """What `work` gives, in a thread of its own; never raises."""
        question = _Question(work, timeout_s)
        why = self._enter(question)
        if why is None:
            question.done.wait(timeout_s)
        return self._ended_as(question, why)

    def close(self) -> None:
        """Ask no more; a thread that hangs is left alone."""
        with self._changed:
            self._open = False
            self._waiting.clear()
            self._changed.notify_all()

    def _enter(self, question: _Question[T]) -> Failure | None:
        """Put the question in line; why not, if it is not."""
        with self._changed:
            now = self._now()
            if not self._open or now < self._rests_until:
                return "resting"
            if len(self._late_at) == len(self._threads) and all(now >= late for late in self._late_at.values()):
                return "timeout"
            if len(self._waiting) >= self._most_waiting:
                return "busy"
            self._waiting.append(question)
            with suppress(RuntimeError):  # the system has no thread left
                self._ensure_running()
            self._changed.notify()
            return None

    def _ensure_running(self) -> None:
        for place, thread in enumerate(self._threads):
            if thread is None or not thread.is_alive():
                fresh = threading.Thread(target=self._run, args=(place,), name="plugin", daemon=True)
                self._threads[place] = fresh
                fresh.start()

    def _ended_as(self, question: _Question[T], why: Failure | None) -> Ended[T]:
        with self._changed:
            ended = question.ended
            if ended is None:
                if question in self._waiting:
                    self._waiting.remove(question)
                ended = Ended(why=why or ("timeout" if question.begun else "busy"))
            rests = self._judged(ended)
        if rests:
            self._on_rest(ended)
        return ended

    def _judged(self, ended: Ended[T]) -> bool:
        """Count failures in a row; whether a rest begins."""
        if ended.why in ("busy", "resting"):
            return False
        wrong = ended.why is not None or (ended.value is not None and self._failed(ended.value))
        self._in_row = min(self._in_row + 1, FAILURES) if wrong else 0
        now = self._now()
        if self._in_row < FAILURES or now < self._rests_until:
            return False
        self._rests_until = now + REST_S
        return True

    def _run(self, place: int) -> None:
        while (question := self._next(place)) is not None:
            try:
                ended = _performed(question.work)
                with self._changed:
                    question.ended = ended
                question.done.set()
            finally:
                with self._changed:
                    del self._late_at[place]

    def _next(self, place: int) -> _Question[T] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or not self._open)
            if not self._open:
                return None
            question = self._waiting.popleft()
            question.begun = True
            self._late_at[place] = self._now() + question.timeout_s
            return question


def _performed(work: Callable[[], T]) -> Ended[T]:
    try:
        return Ended(work())
    except BaseException as error:  # a stranger's code, which may exit; its asker is told
        return Ended(why="raised", error=error)

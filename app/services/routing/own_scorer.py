"""The operator's own scorer is asked within a short time, in two threads, and left alone for a while when it fails."""

import logging
import math
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from typing import Final, Literal, Protocol, Self
from urllib.parse import urlsplit

from app.domain.errors import Invalid, ProviderBadAnswer, ProviderError, ProviderTimeout, ProviderUnavailable
from app.domain.routing.reading import excerpt

log = logging.getLogger(__name__)

GROUP: Final = "model_match.difficulty"
SETTING: Final = "DIFFICULTY_SCORER"
HTTP: Final = "app.providers.scorer"  # its libraries take 6 MB: loaded where an address is named
THREADS: Final = 2
WAITING: Final = 4  # questions that may wait for a thread
FAILURES: Final = 3  # in a row
REST_S: Final = 30.0

Failure = Literal["timeout", "raised", "unreachable", "malformed", "not-a-number", "busy", "resting"]


class Scorer(Protocol):
    """Gives one number for each prompt, 0 for the easiest and 1 for the hardest."""

    def __call__(self, prompts: list[str], /) -> Sequence[object]: ...


@dataclass(frozen=True, slots=True)
class Told:
    """A number for each prompt, None where there is none, and `why` not for each; `error` names the exception."""

    values: tuple[float | None, ...]
    why: Failure | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ScorerReadings:
    """For metrics: questions that were answered, those that were not by reason, and whether the scorer rests."""

    answered: int
    failed: dict[str, int]
    resting: bool


class _Question:
    __slots__ = ("begun", "done", "prompts", "told")

    def __init__(self, prompts: list[str]) -> None:
        self.prompts = prompts
        self.begun = False
        self.told: Told | None = None
        self.done = threading.Event()


class OwnScorer:
    """One per process. Nobody waits for it longer than `timeout_s`; whatever it does, its asker gets an answer.

    After FAILURES failures in a row it is not asked for REST_S, then with one more failure again. A thread in which it
    hangs is lost until it returns; when both are, nobody waits.
    """

    def __init__(self, scorer: Scorer, *, timeout_s: float, now: Callable[[], float] = time.monotonic) -> None:
        self._scorer, self._timeout_s, self._now = scorer, timeout_s, now
        self._changed = threading.Condition()
        self._waiting: deque[_Question] = deque()
        self._threads: list[threading.Thread | None] = [None] * THREADS
        self._begun: dict[int, float] = {}
        self._open = True
        self._in_row = 0
        self._rests_until = -math.inf
        self._ended: Counter[str] = Counter()

    @classmethod
    def named(cls, name: str, *, timeout_s: float) -> Self:
        """The scorer at this http(s) address, or of this entry point. Raises Invalid naming the setting."""
        return cls(_scorer(name, timeout_s), timeout_s=timeout_s)

    def score(self, prompt: str) -> float | None:
        """Its number for the prompt, None when there is none; never raises."""
        return self.scores([prompt]).values[0]

    def scores(self, prompts: Sequence[str]) -> Told:
        """Its numbers for the prompts, all asked at once; never raises. Of long prompts it is given an excerpt."""
        question = _Question([excerpt(prompt) for prompt in prompts])
        why = self._enter(question)
        if why is None:
            question.done.wait(self._timeout_s)
        return self._ended_as(question, why)

    def readings(self) -> ScorerReadings:
        """Counts since the start."""
        with self._changed:
            failed = {why: count for why, count in self._ended.items() if why != "answered"}
            return ScorerReadings(self._ended["answered"], failed, self._now() < self._rests_until)

    def close(self) -> None:
        """Ask no more; a thread that hangs is left alone."""
        with self._changed:
            self._open = False
            self._waiting.clear()
            self._changed.notify_all()

    def _enter(self, question: _Question) -> Failure | None:
        """Put the question in line; why not, if it is not."""
        with self._changed:
            now = self._now()
            if not self._open or now < self._rests_until:
                return "resting"
            if len(self._begun) == THREADS and all(now - begun >= self._timeout_s for begun in self._begun.values()):
                return "timeout"
            if len(self._waiting) >= WAITING:
                return "busy"
            self._waiting.append(question)
            with suppress(RuntimeError):  # the system has no thread left
                self._ensure_running()
            self._changed.notify()
            return None

    def _ensure_running(self) -> None:
        for place, thread in enumerate(self._threads):
            if thread is None or not thread.is_alive():
                fresh = threading.Thread(target=self._run, args=(place,), name="scorer", daemon=True)
                self._threads[place] = fresh
                fresh.start()

    def _ended_as(self, question: _Question, why: Failure | None) -> Told:
        with self._changed:
            told = question.told
            if told is None:
                if question in self._waiting:
                    self._waiting.remove(question)
                why = why or ("timeout" if question.begun else "busy")
                told = Told((None,) * len(question.prompts), why)
            self._ended[told.why or "answered"] += 1
            rests = self._judged(told)
        if rests:
            log.warning("own_scorer_rests", extra={"reason": told.why, "error": told.error, "rest_s": REST_S})
        return told

    def _judged(self, told: Told) -> bool:
        """Count failures in a row; whether a rest begins."""
        if told.why in ("busy", "resting"):
            return False
        some = any(value is not None for value in told.values)
        self._in_row = 0 if told.why is None or some else min(self._in_row + 1, FAILURES)
        now = self._now()
        if self._in_row < FAILURES or now < self._rests_until:
            return False
        self._rests_until = now + REST_S
        return True

    def _run(self, place: int) -> None:
        while (question := self._next(place)) is not None:
            try:
                told = self._asked(question.prompts)
                with self._changed:
                    question.told = told
                question.done.set()
            finally:
                with self._changed:
                    del self._begun[place]

    def _next(self, place: int) -> _Question | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or not self._open)
            if not self._open:
                return None
            question = self._waiting.popleft()
            question.begun = True
            self._begun[place] = self._now()
            return question

    def _asked(self, prompts: list[str]) -> Told:
        nothing: tuple[float | None, ...] = (None,) * len(prompts)
        try:
            given = self._scorer(list(prompts))
            if len(given) != len(prompts):
                return Told(nothing, "malformed")
            values = tuple(_number(value) for value in given)
            return Told(values, "not-a-number" if None in values else None)
        except ProviderError as error:
            return Told(nothing, _failure(error), type(error).__name__)
        except BaseException as error:  # a stranger's code, which may exit; it is counted, and told by its name
            return Told(nothing, "raised", type(error).__name__)


def _number(value: object) -> float | None:
    if isinstance(value, str | bytes | bool):
        return None
    try:
        found = float(value)  # type: ignore[arg-type]  # what is no number raises
    except Exception:  # a stranger's number; the others of its list count
        return None
    return found if math.isfinite(found) else None


def _failure(error: ProviderError) -> Failure:
    if error.status is not None and error.status >= 400:
        return "raised"
    if isinstance(error, ProviderTimeout):
        return "timeout"
    if isinstance(error, ProviderBadAnswer):
        return "malformed"
    return "unreachable" if isinstance(error, ProviderUnavailable) else "raised"


def _scorer(name: str, timeout_s: float) -> Scorer:
    if name.startswith(("http://", "https://")):
        if not _host(name):
            raise Invalid("the address has no host, or a port that is none", field=SETTING)
        distant: Scorer = import_module(HTTP).DistantScorer(name, timeout_s=timeout_s)
        return distant
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in found:
        known = ", ".join(sorted(found)) or "there is none"
        raise Invalid(f"no entry point {name!r} of group {GROUP} is installed ({known})", field=SETTING)
    try:
        loaded: Scorer = found[name].load()
    except (Exception, SystemExit) as error:  # a stranger's code, which must not stop the start without a word
        raise Invalid(f"entry point {name!r} does not load ({type(error).__name__})", field=SETTING) from error
    if not callable(loaded):
        raise Invalid(f"entry point {name!r} is no function", field=SETTING)
    return loaded


def _host(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        return parts.hostname if parts.port != 0 else None
    except ValueError:
        return None

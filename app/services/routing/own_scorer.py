"""The operator's own scorer is asked within a short time, in two threads, and left alone for a while when it fails."""

import logging
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Literal, Protocol, Self, cast
from urllib.parse import urlsplit

from app.domain.errors import Invalid, ProviderBadAnswer, ProviderError, ProviderTimeout, ProviderUnavailable
from app.domain.routing.reading import excerpt
from app.services.plugins import found
from app.services.plugins.isolation import REST_S, Ended, Isolated

log = logging.getLogger(__name__)

GROUP: Final = "model_match.difficulty"
SETTING: Final = "DIFFICULTY_SCORER"
HTTP: Final = "app.providers.scorer"  # its libraries take 6 MB: loaded where an address is named

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


class OwnScorer:
    """One per process. Nobody waits for it longer than `timeout_s`; whatever it does, its asker gets an answer.

    After some failures in a row it is left alone for a while (`plugins/isolation.py`).
    """

    def __init__(self, scorer: Scorer, *, timeout_s: float, now: Callable[[], float] = time.monotonic) -> None:
        self._scorer, self._timeout_s = scorer, timeout_s
        self._isolated: Isolated[Told] = Isolated(failed=_nothing, on_rest=_tell, now=now)
        self._lock = threading.Lock()
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
        excerpts = [excerpt(prompt) for prompt in prompts]
        ended = self._isolated.ask(lambda: self._asked(excerpts), timeout_s=self._timeout_s)
        told = ended.value or Told((None,) * len(prompts), ended.why)
        with self._lock:
            self._ended[told.why or "answered"] += 1
        return told

    def readings(self) -> ScorerReadings:
        """Counts since the start."""
        with self._lock:
            failed = {why: count for why, count in self._ended.items() if why != "answered"}
            return ScorerReadings(self._ended["answered"], failed, self._isolated.resting)

    def close(self) -> None:
        """Ask no more; a thread that hangs is left alone."""
        self._isolated.close()

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


def _nothing(told: Told) -> bool:
    return told.why is not None and all(value is None for value in told.values)


def _tell(ended: Ended[Told]) -> None:
    told = ended.value
    why, error = (ended.why, None) if told is None else (told.why, told.error)
    log.warning("own_scorer_rests", extra={"reason": why, "error": error, "rest_s": REST_S})


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
    loaded = found.load(GROUP, name, field=SETTING)
    if not callable(loaded):
        raise Invalid(f"entry point {name!r} is no function", field=SETTING)
    return cast(Scorer, loaded)


def _host(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        return parts.hostname if parts.port != 0 else None
    except ValueError:
        return None

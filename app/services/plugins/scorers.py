"""Scorers of others: a use case whose rubric is `plugin/<name>` has its answers scored by that entry point."""

import logging
import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol, cast

from app.domain.errors import Invalid
from app.services.plugins import found
from app.services.plugins.isolation import Isolated

log = logging.getLogger(__name__)

GROUP: Final = "model_match.scorers"
PREFIX: Final = "plugin/"
WITHIN_S: Final = 5.0
MOST_DIMENSIONS: Final = 32
MOST: Final = 100.0
MOST_NAME: Final = 64


class Scorer(Protocol):
    """Says what an answer is worth: points 0…100, or points by dimension, whose mean is the whole."""

    def __call__(self, text: str, prompt: str, facts: Mapping[str, str], /) -> float | Mapping[str, float]: ...


@dataclass(frozen=True, slots=True)
class Points:
    """What a scorer gave, 0…100 in all and by dimension."""

    total: float
    dimensions: Mapping[str, float]


class Scorers:
    """One per process. Each scorer is loaded when it is first wanted, and kept within its bounds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: dict[str, tuple[Scorer, Isolated[Points]] | None] = {}
        self._names: frozenset[str] | None = None

    def knows(self, rubric: str) -> bool:
        """Whether the rubric is one of an installed scorer."""
        return rubric.startswith(PREFIX) and rubric.removeprefix(PREFIX) in self._installed()

    def score(self, rubric: str, text: str, prompt: str, facts: Mapping[str, str]) -> Points | None:
        """Its points for the answer, None when it gave none in time; never raises."""
        name = rubric.removeprefix(PREFIX)
        known = self._scorer(name)
        if known is None:
            return None
        scorer, isolated = known
        ended = isolated.ask(partial(_points, scorer, text, prompt, dict(facts)), timeout_s=WITHIN_S)
        if ended.why is not None:
            kind = None if ended.error is None else type(ended.error).__name__
            log.warning("scorer_failed", extra={"scorer": name, "reason": ended.why, "error": kind})
        return ended.value

    def close(self) -> None:
        """Ask none any more."""
        with self._lock:
            for known in self._loaded.values():
                if known is not None:
                    known[1].close()

    def _installed(self) -> frozenset[str]:
        if self._names is None:
            self._names = frozenset(found.names(GROUP))
        return self._names

    def _scorer(self, name: str) -> tuple[Scorer, Isolated[Points]] | None:
        with self._lock:
            if name not in self._installed():
                return None
            if name not in self._loaded:
                self._loaded[name] = _load(name)
            return self._loaded[name]


def _load(name: str) -> tuple[Scorer, Isolated[Points]] | None:
    try:
        loaded = found.load(GROUP, name, field="rubric")
    except Invalid as error:
        log.warning("scorer_not_loaded", extra={"scorer": name, "error": error.message})
        return None
    return cast(Scorer, loaded), Isolated()


def _points(scorer: Scorer, text: str, prompt: str, facts: Mapping[str, str]) -> Points:
    """What it gave. Raises ValueError for what are no points."""
    given = scorer(text, prompt, facts)
    if not isinstance(given, Mapping):
        return Points(_number(given), {})
    if not 1 <= len(given) <= MOST_DIMENSIONS or any(len(str(name)) > MOST_NAME for name in given):
        raise ValueError("1 to 32 dimensions with short names are expected")
    dimensions = {str(name): _number(value) for name, value in given.items()}
    return Points(sum(dimensions.values()) / len(dimensions), dimensions)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("points are numbers")
    return min(MOST, max(0.0, float(value)))

"""A route is the router's answer to one request: which models in which order, why, and what it came to."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from app.domain.auto import Strategy
from app.domain.routing.level import Level

COUNCIL: Final = "council"  # no name of a model, so that no model learns from it
Drawn = Literal["router", "hold-out", "best-single"]


@dataclass(frozen=True, slots=True)
class Rated:
    """What was expected of one model that could have been asked.

    `quality` 0…1, `low` its lower bound, `cost` in nano-dollars (None: unpriced), `chance` 0…1 that it was asked
    first, `outcomes` the weight of what its quality was learned from.
    """

    model: str
    quality: float
    low: float
    cost: int | None
    latency_ms: int
    chance: float
    outcomes: float


@dataclass(frozen=True, slots=True)
class Removed:
    """A model that could not be asked: the limit that it does not meet, and in words by how much."""

    model: str
    limit: str
    why: str


@dataclass(frozen=True, slots=True)
class Tried:
    """One answer on the way: the call, its model, how far it was trusted (0…1, None where nobody could tell).

    `written`: from the answers of others, so that it says nothing of what the model would have answered.
    """

    call_id: str
    model: str
    confidence: float | None = None
    cost: int | None = None
    latency_ms: int = 0
    failed: bool = False
    written: bool = False

    @property
    def credited(self) -> str:
        """Who is credited with it: the model, or the council that it was written for."""
        return COUNCIL if self.written else self.model


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route as it is kept. `learner` names what learns together: a use case, a task, or all direct questions.

    `picked` was asked first, drawn with the chance that its Rated says; `by_router` is what the router would have
    asked. `difficulty` 0…1. `met`: every limit was kept. `encoding` is the prompt in figures and hashed words, from
    which it cannot be read; `own` what the operator's scorer says of it. `tried`: every answer, in order; `model` gave
    the one that left, None when none did. `spent`: nano-dollars of all its calls, of those that judged or failed too;
    None where one is unpriced.
    """

    id: str
    at: datetime
    learner: str
    strategy: Strategy
    picked: str
    by_router: str
    drawn: Drawn
    difficulty: float
    level: Level
    rated: tuple[Rated, ...]
    removed: tuple[Removed, ...] = ()
    met: bool = True
    reasoning: str = ""
    estimator: str = ""
    encoding: bytes = b""
    own: float | None = None
    use_case_id: str | None = None
    flow_id: str | None = None
    session_id: str | None = None
    run_id: str | None = None
    step: str | None = None
    task: str | None = None
    key_id: str | None = None
    model: str | None = None
    tried: tuple[Tried, ...] = field(default=())
    spent: int | None = None

    @property
    def chance(self) -> float:
        """The chance with which `picked` was drawn."""
        return next(each.chance for each in self.rated if each.model == self.picked)


def learner_of(*, use_case_id: str | None, task: str | None) -> str:
    """What learns together: the use case, else the task, else all direct questions."""
    if use_case_id is not None:
        return f"use-case:{use_case_id}"
    return f"task:{task}" if task is not None else "direct"

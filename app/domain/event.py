"""An event is one thing that happened, told in words for people and in data for programs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.domain import experiment_event
from app.domain.errors import Invalid
from app.domain.message import Json

# What requests bring along, written by the journal with the facts themselves.
TRAFFIC: Final = (
    "session.assigned",
    "run.succeeded",
    "run.failed",
    "run.cancelled",
    "feedback.given",
    "call.reported",
)
# What somebody or something has changed or found, by the noun that it is about.
CHANGES: Final = {
    "use-case": ("created", "changed", "deleted"),
    "flow": ("created", "changed", "versioned", "rolled-back", "labelled", "deleted", "weighed"),
    "experiment": experiment_event.KINDS,
    "comparison": ("created", "succeeded", "failed", "cancelled"),
    "batch": ("created", "succeeded", "failed", "cancelled"),
    "task": ("assigned", "dropped"),
    "key": ("created", "changed", "rotated", "revoked"),
    "budget": ("created", "changed", "deleted", "warned", "blocked"),
    "price": ("changed", "imported"),
    "breaker": ("opened", "closed"),
    "webhook": ("created", "changed", "rotated", "deleted", "paused", "resumed", "disabled"),
    "job": ("dead", "replayed"),
}
KINDS: Final = (*TRAFFIC, *(f"{noun}.{what}" for noun, several in CHANGES.items() for what in several))
# What people are told without having asked: the rule has decided something, or takes it back.
ALERTS: Final = tuple(f"experiment.{kind}" for kind in experiment_event.ALERTS)
EVERY: Final = "*"


@dataclass(frozen=True, slots=True)
class Event:
    """Written once. `about`: the id, or the name, of the thing that it happened to; `actor`: who did it, if known.

    `number`: its place in the order in which all events are told, None until it has been given one.
    """

    id: str
    at: datetime
    kind: str
    about: str
    use_case_id: str | None
    experiment_id: str | None
    actor: str | None
    text: str
    data: Json
    number: int | None = None

    @property
    def what(self) -> str:
        """The kind without its noun."""
        return self.kind.partition(".")[2]


def matching(patterns: Iterable[str]) -> tuple[str, ...]:
    """The kinds that any of the patterns means: a kind, a noun (`run`, `run.`, `run.*`), or `*` for all.

    A kind of experiments may be named by its last word (`escaped`). Raises Invalid (`kind`) for one that means none.
    """
    found: set[str] = set()
    for pattern in patterns:
        meant = _meant(pattern)
        if not meant:
            raise Invalid(f"no kind of event is called {pattern[:100]!r}", field="kind")
        found |= meant
    return tuple(kind for kind in KINDS if kind in found)


def _meant(pattern: str) -> set[str]:
    if pattern == EVERY:
        return set(KINDS)
    if pattern in experiment_event.KINDS:
        return {f"experiment.{pattern}"}
    noun = pattern.removesuffix(EVERY).removesuffix(".") + "."
    return {kind for kind in KINDS if kind == pattern or kind.startswith(noun)}

"""An event is one thing that happened to an experiment, told in words for people and in data for programs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from app.domain.message import Json

Kind = Literal[
    "started",
    "paused",
    "resumed",
    "moved",
    "dropped",
    "escaped",
    "completed",
    "equivalent",
    "inconclusive",
    "reopened",
    "stopped",
    "widened",
    "planned",
    "warning",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
# What people are told without having asked: the rule has decided something, or takes it back.
ALERTS: Final[tuple[Kind, ...]] = ("escaped", "completed", "equivalent", "inconclusive", "reopened")


@dataclass(frozen=True, slots=True)
class ExperimentEvent:
    """Written once. Ids of one experiment grow in the order in which its events can be read."""

    id: str
    at: datetime
    use_case_id: str
    experiment_id: str
    kind: Kind
    text: str
    data: Json

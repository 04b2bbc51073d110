"""What can happen to an experiment; the kind of the event is this word behind `experiment.`."""

from typing import Final, Literal, get_args

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
ALERTS: Final[tuple[Kind, ...]] = ("escaped", "completed", "equivalent", "inconclusive", "reopened")

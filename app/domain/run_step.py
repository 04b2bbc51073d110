"""How far one step of a run has come, as it is stored while the run goes on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Moved = Literal["running", "answered", "skipped", "failed"]
LOST = "process-lost"  # the error of a run whose process died under it, and of the steps that it was at


@dataclass(frozen=True, slots=True)
class RunStep:
    """One step of a run of several; `place` counts the flow's steps from 0.

    `tries` of the whole step, `rounds` of a loop, `items` of a fan-out (None for a step that is none). `output` is None
    until it answered, and where texts are not kept; a step that was mended has both output and `error`. `cost` in
    nano-dollars over all its calls, None when one has no known price.
    """

    run_id: str
    step: str
    place: int
    state: Moved
    started_at: datetime
    tries: int = 0
    rounds: int = 0
    items: int | None = None
    output: str | None = None
    error: str | None = None
    cost: int | None = 0
    latency_ms: int = 0
    ended_at: datetime | None = None

"""What a walk tells while it goes on: the steps that have moved."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from app.domain.run_step import Moved, RunStep
from app.services.attempts import Attempts
from app.services.walking.walk import Standing


@dataclass(frozen=True, slots=True)
class StepMoved:
    """A step began or is settled; `text` is its output unless the pieces of it have left already.

    `error` is the code of what went wrong, also where a rule of the step mended it. `attempts` are those of a step that
    is settled, `output` its text in any case.
    """

    step: str
    place: int
    state: Moved
    output: str | None = None
    streamed: bool = False
    tries: int = 0
    rounds: int = 0
    items: int | None = None
    error: str | None = None
    latency_ms: int = 0
    attempts: Attempts | None = None

    @classmethod
    def of(cls, standing: Standing) -> "StepMoved":
        """How the step stands now."""
        if standing.state == "running":
            return cls(standing.code, standing.place, "running")
        return cls(
            standing.code,
            standing.place,
            cast(Moved, standing.state),
            standing.text,
            standing.streamed,
            standing.tries,
            standing.rounds,
            standing.items,
            None if standing.error is None else standing.error.code,
            standing.latency_ms() if standing.begun else 0,
            standing.attempts,
        )

    @property
    def text(self) -> str | None:
        """The output, unless its pieces have left already."""
        return None if self.streamed else self.output

    def row(self, run_id: str, at: datetime, began: datetime, *, keep: bool) -> RunStep:
        """As it is stored at that moment; its output only if texts are kept."""
        costs = [] if self.attempts is None else [attempt.call.cost for attempt in self.attempts.made]
        return RunStep(
            run_id=run_id,
            step=self.step,
            place=self.place,
            state=self.state,
            started_at=began,
            tries=self.tries,
            rounds=self.rounds,
            items=self.items,
            output=self.output if keep else None,
            error=self.error,
            cost=None if None in costs else sum(cost for cost in costs if cost is not None),
            latency_ms=self.latency_ms,
            ended_at=None if self.state == "running" else at,
        )

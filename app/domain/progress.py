"""What has been settled so far within one step of the allocator."""

from dataclasses import dataclass, replace

from app.domain.allocation import State


@dataclass(frozen=True, slots=True)
class Progress:
    """`reasons` are sentences; `forced`: weights must change now, the epoch's length apart.

    `smallest_epsilon`: as in the decision.
    """

    state: State
    reasons: tuple[str, ...] = ()
    forced: bool = False
    smallest_epsilon: float | None = None

    def told(self, state: State, reason: str) -> "Progress":
        """Gone on to that state, for that reason."""
        return replace(self, state=state, reasons=(*self.reasons, reason), forced=True)

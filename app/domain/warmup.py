"""During warmup the weights follow a ramp from start to goal in closed form, so no small step is ever rounded away."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from app.domain.errors import Invalid
from app.domain.weights import apportion

Shape = Literal["linear", "ladder"]
Clock = Literal["ticks", "sessions"]
LADDER: Final = (0.02, 0.1, 0.2, 0.5, 1.0)
"""1 → 5 → 10 → 25 → 50 % of the traffic, as parts of a goal of 50 %."""


@dataclass(frozen=True, slots=True)
class Warmup:
    """How long the ramp takes: `length` ticks or sessions. Raises Invalid when it is under 1.

    `hold`: the ramp stands still while the baseline leads a newcomer with E ≥ 10.
    """

    length: int
    clock: Clock = "ticks"
    shape: Shape = "linear"
    hold: bool = True

    def __post_init__(self) -> None:
        if self.length < 1:
            raise Invalid("a warmup lasts at least one tick or session", field="warmup.length")


def ramp(start: Sequence[int], goal: Sequence[int], *, warmup: Warmup, elapsed: int) -> tuple[int, ...]:
    """Weights after `elapsed` ticks or sessions that were not held; the goal from `length` on.

    They sum to 10 000. No flow turns back on its way, but for 1/10 000 of rounding.
    """
    if elapsed >= warmup.length:
        return tuple(goal)
    part = max(elapsed, 0) / warmup.length
    if warmup.shape == "ladder":
        part = LADDER[int(part * len(LADDER))]
    return apportion([a + (b - a) * part for a, b in zip(start, goal, strict=True)])

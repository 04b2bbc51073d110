"""The table of scenarios: every number a simulated use case is made of stands here and nowhere else.

Means are in score points: 1 to 5 for ratings, 0 to 1 for binary feedback. A tick is the time between two decisions.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from benchmarks.calibration.arrays import Floats

Kind = Literal["rating", "binary"]
Group = Literal["gap", "feedback", "drift", "decay", "same", "fall", "newcomer", "near floor"]


@dataclass(frozen=True, slots=True)
class Fall:
    """From `tick` on the mean of `flow` is `to`: under the floor."""

    flow: int
    tick: int
    to: float


@dataclass(frozen=True, slots=True)
class Decay:
    """The mean of `flow` sinks by `by` in a straight line between two ticks and stays there."""

    flow: int
    begin: int
    end: int
    by: float


@dataclass(frozen=True, slots=True)
class Common:
    """What moves all flows together: a wave of `swing` points every `period` ticks, and `rise` over the whole run."""

    swing: float = 0.0
    period: int = 90
    rise: float = 0.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """One simulated use case. `sessions` in a tick; `answered`: part of them that sends feedback, `delay` ticks late
    on average; `start`: percentages at launch, with a ramp of `ramp` ticks to equal shares. Flow 0 is the baseline."""

    name: str
    group: Group
    kind: Kind
    means: tuple[float, ...]
    sessions: int = 100
    ticks: int = 300
    answered: float = 0.3
    delay: int = 0
    floor: float | None = None
    start: tuple[int, ...] | None = None
    ramp: int = 0
    fall: Fall | None = None
    decay: Decay | None = None
    common: Common = Common()

    @property
    def flows(self) -> int:
        """How many flows share the traffic."""
        return len(self.means)

    @property
    def levels(self) -> Floats:
        """The possible scores, rising."""
        return np.array([1.0, 2, 3, 4, 5]) if self.kind == "rating" else np.array([0.0, 1.0])

    @property
    def epsilon(self) -> float:
        """The difference nobody minds, in score points."""
        return 0.1 if self.kind == "rating" else 0.02

    @property
    def lowest(self) -> float:
        """The mean score under which a flow must leave."""
        if self.floor is not None:
            return self.floor
        return 2.5 if self.kind == "rating" else 0.35

    def true_means(self) -> Floats:
        """T×K: the mean score of each flow at each tick."""
        tick = np.arange(self.ticks)
        means = np.tile(np.array(self.means), (self.ticks, 1))
        if self.fall is not None:
            means[self.fall.tick :, self.fall.flow] = self.fall.to
        if self.decay is not None:
            gone = np.clip((tick - self.decay.begin) / (self.decay.end - self.decay.begin), 0, 1)
            means[:, self.decay.flow] -= self.decay.by * gone
        wave = self.common.swing * np.sin(2 * np.pi * tick / self.common.period)
        shifted: Floats = means + (wave + self.common.rise * tick / self.ticks)[:, None]
        return shifted


def _gaps() -> list[Scenario]:
    return [
        Scenario("2 flows 0.5 apart", "gap", "rating", (3.4, 3.9)),
        Scenario("3 flows 0.5 apart", "gap", "rating", (3.4, 3.9, 3.3)),
        Scenario("6 flows 0.5 apart", "gap", "rating", (3.4, 3.4, 3.4, 3.9, 3.4, 3.4)),
        Scenario("10 flows, nine tied 0.5 below", "gap", "rating", (3.4,) * 9 + (3.9,)),
        Scenario("2 flows 0.25 apart", "gap", "rating", (3.6, 3.85)),
        Scenario("5 flows 0.25 apart", "gap", "rating", (3.3, 3.4, 3.85, 3.6, 3.5)),
        Scenario("10 flows 0.25 apart", "gap", "rating", (2.9, 3.0, 3.1, 3.2, 3.3, 3.4, 3.45, 3.5, 3.6, 3.85)),
        Scenario("2 flows 0.1 apart", "gap", "rating", (3.75, 3.85)),
        Scenario("3 flows 0.1 apart", "gap", "rating", (3.75, 3.85, 3.6)),
        Scenario("2 flows .55 .70", "gap", "binary", (0.55, 0.70)),
        Scenario("4 flows .55 .70", "gap", "binary", (0.55, 0.55, 0.70, 0.55)),
        Scenario("8 flows .55 .70", "gap", "binary", (0.55,) * 7 + (0.70,)),
        Scenario("3 flows .55 .61 .52", "gap", "binary", (0.55, 0.61, 0.52)),
        Scenario("2 flows .60 .63", "gap", "binary", (0.60, 0.63)),
        Scenario("3 flows, rare .05 .11", "gap", "binary", (0.05, 0.11, 0.05), floor=0.01),
    ]


def _feedback_and_drift() -> list[Scenario]:
    means = (3.6, 3.85, 3.5)
    return [
        Scenario("1 of 10 sends feedback", "feedback", "rating", means, answered=0.1),
        Scenario("feedback 8 ticks late", "feedback", "rating", means, delay=8),
        Scenario("ticks of 1000 sessions", "feedback", "rating", means, sessions=1000, ticks=30),
        Scenario("common season, 0.25 apart", "drift", "rating", means, common=Common(swing=0.4)),
        Scenario("common decline, 0.25 apart", "drift", "rating", means, common=Common(rise=-0.6)),
        Scenario("slow decay of the best", "decay", "rating", means, decay=Decay(1, 100, 200, 0.6)),
        Scenario("slow decay, binary", "decay", "binary", (0.60, 0.70, 0.50), decay=Decay(1, 100, 200, 0.2)),
    ]


def _same() -> list[Scenario]:
    return [
        Scenario("2 same", "same", "rating", (3.7,) * 2),
        Scenario("4 same", "same", "rating", (3.7,) * 4),
        Scenario("8 same", "same", "rating", (3.7,) * 8),
        Scenario("2 same .5", "same", "binary", (0.5,) * 2),
        Scenario("5 same .5", "same", "binary", (0.5,) * 5),
        Scenario("2 same, rare .07", "same", "binary", (0.07,) * 2, floor=0.01),
        Scenario("4 same, rare .04", "same", "binary", (0.04,) * 4, floor=0.01),
        Scenario("2 same .9", "same", "binary", (0.9,) * 2),
        Scenario("5 same .9", "same", "binary", (0.9,) * 5),
        Scenario("3 same, common season", "same", "rating", (3.7,) * 3, common=Common(swing=0.4)),
        Scenario("2 same .5, common season", "same", "binary", (0.5,) * 2, floor=0.2, common=Common(swing=0.12)),
        Scenario("2 same, common rise", "same", "rating", (2.7,) * 2, floor=1.8, common=Common(rise=1.5)),
        Scenario("3 same .3, common rise", "same", "binary", (0.3,) * 3, floor=0.1, common=Common(rise=0.4)),
        Scenario("3 same, feedback 8 ticks late", "same", "rating", (3.7,) * 3, delay=8),
    ]


def _escapes() -> list[Scenario]:
    begin = (95, 5)
    return [
        Scenario("fall before the end", "fall", "rating", (3.75, 3.85, 3.6), floor=3.0, fall=Fall(1, 15, 2.2)),
        Scenario("fall after the end", "fall", "rating", (3.4, 3.9, 3.3), floor=3.0, fall=Fall(1, 150, 2.2)),
        Scenario("fall of one of two same", "fall", "rating", (3.7, 3.7), floor=3.0, fall=Fall(1, 150, 2.2)),
        Scenario("fall before the end, binary", "fall", "binary", (0.60, 0.63), floor=0.4, fall=Fall(1, 15, 0.22)),
        Scenario(
            "fall after the end, binary", "fall", "binary", (0.55, 0.70, 0.50), floor=0.4, fall=Fall(1, 150, 0.22)
        ),
        Scenario(
            "bad newcomer", "newcomer", "rating", (3.7, 2.4), floor=3.0, fall=Fall(1, 0, 2.4), start=begin, ramp=30
        ),
        Scenario(
            "bad newcomer, binary",
            "newcomer",
            "binary",
            (0.7, 0.3),
            floor=0.4,
            fall=Fall(1, 0, 0.3),
            start=begin,
            ramp=30,
        ),
        Scenario("middling newcomer", "newcomer", "rating", (3.7, 3.3), floor=3.0, start=begin, ramp=30),
        Scenario("3 healthy 0.3 above", "near floor", "rating", (3.3,) * 3, floor=3.0),
        Scenario("2 healthy 0.3 above", "near floor", "rating", (2.8,) * 2, floor=2.5),
        Scenario("2 healthy .08 above", "near floor", "binary", (0.48,) * 2, floor=0.4),
        Scenario("3 healthy .08 above", "near floor", "binary", (0.30,) * 3, floor=0.22),
    ]


SCENARIOS: Final = (*_gaps(), *_feedback_and_drift(), *_same(), *_escapes())

"""The A/B tests that are simulated: what opinions two arms get, and how the tests are looked at."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from app.domain.evidence import Scale
from app.domain.statistics.sample_size import size_for_means, size_for_proportions
from benchmarks.calibration.arrays import Floats

ALPHA: Final = 0.05
POWER: Final = 0.8
PLANNED: Final = 5_000  # values of both arms at which the confidence sequence is tightest
LEAST: Final = 100  # values per arm before what holds only for many may speak
TAU: Final = 0.1  # effect that mSPRT expects, of the width of the scale
RATINGS: Final = (0.08, 0.12, 0.25, 0.30, 0.25)  # of 1 to 5: mean 3.52, standard deviation 1.21


@dataclass(frozen=True, slots=True)
class Trial:
    """Two arms whose opinions are independent: `a` and `b` say how likely each level of the scale is."""

    name: str
    scale: Scale
    a: tuple[float, ...]
    b: tuple[float, ...]

    @property
    def levels(self) -> Floats:
        """The possible values, rising; integers."""
        return np.array(self.scale.levels)

    @property
    def means(self) -> tuple[float, float]:
        """The true means of A and B."""
        return float(self.levels @ self.a), float(self.levels @ self.b)

    @property
    def effect(self) -> float:
        """The true difference B − A; exactly 0 between arms that are the same."""
        return 0.0 if self.a == self.b else self.means[1] - self.means[0]

    @property
    def fixed(self) -> float:
        """Values per arm that a test with one look would be planned with, to find the effect with 80 % power."""
        if self.scale.kind == "binary":
            return size_for_proportions(*self.means, power=POWER, alpha=ALPHA)
        deviation = float(np.sqrt(self.levels**2 @ self.a - self.means[0] ** 2))
        return size_for_means(self.effect, deviation, power=POWER, alpha=ALPHA)


def ratings(name: str, *, raised: float = 0.0) -> Trial:
    """Ratings on five levels; each of B under the highest is one level higher with the same probability."""
    part = raised / (1 - RATINGS[-1])
    up = [0.0, *(part * chance for chance in RATINGS[:-1])]
    stay = [*((1 - part) * chance for chance in RATINGS[:-1]), RATINGS[-1]]
    b = tuple(x + y for x, y in zip(up, stay, strict=True)) if raised else RATINGS
    return Trial(name, Scale("rating", 1.0, 5.0), RATINGS, b)


def rates(name: str, p_a: float, p_b: float) -> Trial:
    """Yes or no."""
    return Trial(name, Scale("binary"), (1 - p_a, p_a), (1 - p_b, p_b))


SAME: Final = (ratings("ratings 1 to 5"), rates("rate .60", 0.6, 0.6), rates("rate .02", 0.02, 0.02))
DIFFERENT: Final = (
    ratings("ratings +0.25", raised=0.25),
    ratings("ratings +0.10", raised=0.10),
    rates("rates .60 and .66", 0.6, 0.66),
)

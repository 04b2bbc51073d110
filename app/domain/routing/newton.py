"""A logistic head over few figures that learns by Newton steps, for fast learning from few outcomes."""

import math
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import Invalid
from app.domain.routing.logistic import logistic

WIDTH: Final = 0.0025
INTERCEPT_WIDTH: Final = 4.0
LEAST_CURVE: Final = 0.02

Figures = NDArray[np.float64]


class Newton:
    """Weights with a Gaussian around each, narrowed by each outcome; the last figure is the intercept's 1.

    A step costs the square of the number of figures. `forget` < 1 widens the Gaussian a little before each outcome, so
    that the head follows a model that changes. It is never wider altogether than it began.
    Source: extended Kalman filter of a logistic regression, Fahrmeir 1992.
    """

    __slots__ = ("_forget", "_widest", "cover", "weights")

    def __init__(self, figures: int, *, width: float = WIDTH, forget: float = 1.0) -> None:
        self.weights: Figures = np.zeros(figures)
        self.cover: Figures = np.eye(figures) * width
        self.cover[-1, -1] = INTERCEPT_WIDTH
        self._widest = float(np.trace(self.cover))
        self._forget = forget

    def logit(self, figures: Figures) -> float:
        """The forecast before the logistic function."""
        return float(self.weights @ figures)

    def doubt(self, figures: Figures) -> float:
        """Standard deviation of the logit of this prompt, given what was learned."""
        return math.sqrt(max(0.0, float(figures @ self.cover @ figures)))

    def observe(self, figures: Figures, quality: float, weight: float = 1.0) -> None:
        """Learn one quality 0…1; `weight` is how far it is trusted, 1 for an outcome that is beyond doubt."""
        if self._forget < 1.0 and float(np.trace(self.cover)) < self._widest:
            self.cover /= self._forget
        share = logistic(self.logit(figures))
        curve = weight * max(share * (1.0 - share), LEAST_CURVE)
        moved = self.cover @ figures
        spread = float(figures @ moved)
        self.weights += moved * (weight * (quality - share) / (1.0 + curve * spread))
        self.cover -= np.outer(moved, moved) * (curve / (1.0 + curve * spread))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What was learned."""
        return {"weights": self.weights, "cover": self.cover}

    def take(self, weights: NDArray[Any], cover: NDArray[Any]) -> Self:
        """Go on from what was learned before; raises Invalid when it is of another number of figures."""
        if weights.shape != self.weights.shape or cover.shape != self.cover.shape:
            raise Invalid("The state is of another number of figures.", field="state")
        self.weights, self.cover = weights.astype(np.float64), cover.astype(np.float64)
        return self

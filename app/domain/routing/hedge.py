"""Experts who forecast one quantity, believed by how well each has forecast so far."""

import math
from collections.abc import Collection, Mapping
from typing import Final

from app.domain.routing.logistic import log_loss

FORGET: Final = 0.9995


class Hedge:
    """Weights e^−loss over named experts; `doubts` are the nats that each starts behind.

    The mixture's log loss stays within ln(number of experts), plus its doubt, of the best expert's. An expert that
    forecasts badly loses its weight with every outcome; losses fade by `forget`, so that it may win it back. One that
    says nothing is taken to say what the others say together: it neither counts nor loses.
    Sources: V. Vovk 1990, "Aggregating Strategies": with log loss and rate 1 this is Bayes' rule; Y. Freund et al.
    1997, "Using and combining predictors that specialize".
    """

    __slots__ = ("_forget", "losses")

    def __init__(self, doubts: Mapping[str, float], *, forget: float = FORGET) -> None:
        self.losses = dict(doubts)
        self._forget = forget

    def weights(self, among: Collection[str] | None = None) -> dict[str, float]:
        """The share of belief of each expert, or of each among some; they sum to 1."""
        losses = {name: loss for name, loss in self.losses.items() if among is None or name in among}
        least = min(losses.values())
        grown = {name: math.exp(least - loss) for name, loss in losses.items()}
        whole = sum(grown.values())
        return {name: share / whole for name, share in grown.items()}

    def mixed(self, forecasts: Mapping[str, float]) -> float:
        """The forecasts of those who say something, weighed."""
        return sum(weight * forecasts[name] for name, weight in self.weights(forecasts).items())

    def observe(self, forecasts: Mapping[str, float], quality: float, weight: float = 1.0) -> None:
        """Charge each expert the loss of what it had forecast; `weight` is how far the quality 0…1 is trusted."""
        together = self.mixed(forecasts)
        for name in self.losses:
            loss = log_loss(forecasts.get(name, together), quality)
            self.losses[name] = self.losses[name] * self._forget + weight * loss
        least = min(self.losses.values())
        self.losses = {name: loss - least for name, loss in self.losses.items()}

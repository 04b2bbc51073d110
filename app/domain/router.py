"""Which of several models a prompt needs: a quality expected of each, learned from outcomes."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from app.domain.errors import Invalid
from app.domain.routing.encoding import encode
from app.domain.routing.forecaster import Forecast, Forecaster, Seen
from app.domain.routing.prior import Prior

REMEMBER: Final = 4096
Scorer = Callable[[list[str]], list[float]]


class Router:
    """Forecasts of all models; `names` stand from the cheapest to the dearest.

    Not safe for several threads at once: whoever shares one guards it. An outcome is learned as often as it is given.
    """

    def __init__(
        self,
        names: Sequence[str],
        *,
        prior: Prior | None = None,
        scorer: Scorer | None = None,
        remember: int = REMEMBER,
    ) -> None:
        last = max(1, len(names) - 1)
        self._scorer = scorer
        self._models = {
            name: Forecaster(prior, place / last, scored=scorer is not None, remember=remember)
            for place, name in enumerate(names)
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The models, cheapest first."""
        return tuple(self._models)

    def score(self, prompts: Sequence[str]) -> list[float]:
        """For each prompt how much it needs the dearest model: its expected quality less the cheapest one's, −1…1."""
        cheapest, dearest = self.names[0], self.names[-1]
        return [each[dearest] - each[cheapest] for each in self.predict(prompts)]

    def predict(self, prompts: Sequence[str]) -> list[dict[str, float]]:
        """For each prompt the quality 0…1 to expect of each model."""
        return [{name: each.quality for name, each in self.forecasts(prompt).items()} for prompt in prompts]

    def forecasts(self, prompt: str) -> dict[str, Forecast]:
        """For each model the quality to expect, how sure that is, and who says so."""
        seen = self._seen(prompt)
        return {name: model.forecast(seen) for name, model in self._models.items()}

    def observe(self, prompt: str, model: str, quality: float, weight: float = 1.0) -> None:
        """Learn that the model reached this quality, 0…1, at the prompt.

        `weight`, above 0 and at most 1, is how far the source of the quality is trusted. Raises Invalid for an unknown
        model, or a quality or weight out of range.
        """
        if not 0.0 <= quality <= 1.0:
            raise Invalid("A quality lies within 0 and 1.", field="quality")
        if not 0.0 < weight <= 1.0:
            raise Invalid("A weight lies above 0 and is 1 at most.", field="weight")
        self._of(model).observe(self._seen(prompt), float(quality), float(weight))

    def refit(self, model: str, outcomes: Iterable[tuple[str, float, float]]) -> None:
        """Fit the model's trees anew to prompts with their quality and weight; takes some tenths of a second."""
        self._of(model).refit(outcomes)

    def state(self, model: str) -> bytes:
        """What is learned of one model."""
        return self._of(model).state()

    def load(self, model: str, state: bytes) -> None:
        """Go on from a state, be it of this model or of the one most like it; raises Invalid when it does not fit."""
        self._of(model).load(state)

    def _of(self, model: str) -> Forecaster:
        found = self._models.get(model)
        if found is None:
            raise Invalid("The router does not know this model.", field="model")
        return found

    def _seen(self, prompt: str) -> Seen:
        return Seen(encode(prompt), None if self._scorer is None else float(self._scorer([prompt])[0]))


def make_router(
    models: Sequence[Mapping[str, Any]],
    *,
    prior: Prior | None = None,
    scorer: Scorer | None = None,
    remember: int = REMEMBER,
) -> Router:
    """A router over models with `name`, `input_price` and `output_price` ($ per million tokens), cheapest first.

    It is cold: without a prior it expects no more than that cheap models fail oftener at long prompts.
    `routing.shipped.SHIPPED` is the prior that comes with the product. `scorer` gives one figure per prompt and joins
    as an expert. To the last `remember` outcomes of a model trees are fitted now and then, within `observe`; with 0
    only `refit` does. Raises Invalid without models, for a name that stands twice, and for a price below 0.
    """
    names = [str(model["name"]) for model in models]
    if not names or len(set(names)) != len(names):
        raise Invalid("A router has at least one model, and each of them once.", field="models")
    prices = [float(model.get(kind, 0.0)) for model in models for kind in ("input_price", "output_price")]
    if not all(math.isfinite(price) and price >= 0 for price in prices):
        raise Invalid("Prices are not below 0.", field="models")
    return Router(names, prior=prior, scorer=scorer, remember=remember)

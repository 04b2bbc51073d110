"""The forecasters of many models asked at once: what each forecasts alone, in a few operations for all of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from app.domain.routing.encoding import Encoding
from app.domain.routing.forecaster import Forecast, Forecaster, Seen, said_by_scorer
from app.domain.routing.logistic import SUREST, logit
from app.domain.routing.prior import Prior
from app.domain.routing.trees import Trees

Figures = NDArray[np.float64]
EXPERTS: Final = ("prior", "length", "own", "scorer")
BRANCH_BYTES: Final = 80  # a leaf takes 24 bytes, a fork some 130


@dataclass(frozen=True, slots=True)
class Panel:
    """What forecasts of several models need, side by side; it never changes, so that threads may share it.

    `models` in the order of every array's models. `words` has a row per place and a column per model, so that the words
    of a prompt lie together. `belief` has a column per expert, 0 for one that a model has not; `unscored` is the same
    where the user's scorer says nothing.
    """

    models: tuple[str, ...]
    outcomes: tuple[float, ...]
    trees: tuple[Trees | None, ...]
    beliefs: tuple[Mapping[str, float], ...]
    position: Figures
    words: NDArray[np.float32]
    word_figures: Figures
    figures: Figures
    cover: Figures
    length: Figures
    scorer: Figures
    belief: Figures
    unscored: Figures
    prior: Prior | None

    @classmethod
    def of(cls, several: Mapping[str, Forecaster], prior: Prior | None) -> Self:
        """The panel of these forecasters, by model, as they stand; `prior` is theirs."""
        parts = [each.parts() for each in several.values()]
        return cls(
            models=tuple(several),
            outcomes=tuple(part.outcomes for part in parts),
            trees=tuple(part.trees for part in parts),
            beliefs=tuple(part.belief for part in parts),
            position=np.array([part.position for part in parts]),
            words=np.ascontiguousarray(np.array([part.words for part in parts]).T),
            word_figures=np.array([part.word_figures for part in parts]),
            figures=np.array([part.figures for part in parts]),
            cover=np.array([part.cover for part in parts]),
            length=np.array([part.length for part in parts]),
            scorer=np.array([np.zeros(2) if part.scorer is None else part.scorer for part in parts]),
            belief=np.array([[part.belief.get(name, 0.0) for name in EXPERTS] for part in parts]),
            unscored=np.array([[part.unscored.get(name, 0.0) for name in EXPERTS] for part in parts]),
            prior=prior,
        )

    @property
    def size(self) -> int:
        """Bytes in memory, about."""
        shares = self.belief, self.unscored
        arrays = (self.words, self.word_figures, self.figures, self.cover, self.length, self.scorer, *shares)
        branches = sum(_branches(tree) for trees in self.trees if trees for tree in trees.trees)
        return sum(array.nbytes for array in arrays) + BRANCH_BYTES * branches

    def forecasts(self, seen: Seen, wanted: Collection[str]) -> dict[str, Forecast]:
        """What Forecaster.forecast says, of each wanted model that stands here and has learned something."""
        if not self.models:
            return {}
        said = said_by_scorer(seen)
        experts = np.clip(self._experts(seen, said), SUREST, 1.0 - SUREST)
        quality = (experts * (self.unscored if said is None else self.belief)).sum(axis=1)
        doubt = np.sqrt(np.maximum(0.0, (self.cover @ seen.encoding.dense) @ seen.encoding.dense))
        kept = np.clip(quality, SUREST, 1.0 - SUREST)
        low = _logistic(np.log(kept / (1.0 - kept)) - doubt)
        told = (self.models, quality.tolist(), low.tolist(), self.outcomes, experts.tolist(), self.beliefs)
        return {
            model: Forecast(mean, least, outcomes, _named(each, belief, scored=said is not None), belief)
            for model, mean, least, outcomes, each, belief in zip(*told, strict=True)
            if outcomes > 0 and model in wanted
        }

    def _experts(self, seen: Seen, said: Figures | None) -> Figures:
        """A row per model, a column per expert; where the scorer says nothing its column counts for nothing."""
        encoding = seen.encoding
        experts = np.empty((len(self.models), len(EXPERTS)))
        experts[:, 0] = self._prior(encoding)
        experts[:, 1] = _logistic(self.length @ encoding.length)
        experts[:, 2] = self._own(encoding)
        experts[:, 3] = 0.5 if said is None else _logistic(self.scorer @ said)
        return experts

    def _prior(self, encoding: Encoding) -> Figures | float:
        if self.prior is None:
            return 0.5
        weak, strong = (logit(head.forecast(encoding)) for head in (self.prior.weak, self.prior.strong))
        return _logistic((1.0 - self.position) * weak + self.position * strong)

    def _own(self, encoding: Encoding) -> Figures:
        """The mean of what figures, words and, where there are some, trees say."""
        each = 1.0 / float(np.sqrt(max(1, len(encoding.places))))
        words = self.words[encoding.places].sum(axis=0, dtype=np.float64) * each + self.word_figures @ encoding.dense
        shares = _logistic(self.figures @ encoding.dense) + _logistic(words)
        count = np.full(len(self.models), 2.0)
        grown = [place for place, trees in enumerate(self.trees) if trees]
        if grown:
            logits = np.array([trees.logit(encoding.figures) for trees in self.trees if trees])
            shares[grown] += _logistic(logits)
            count[grown] += 1.0
        return np.asarray(shares / count)


def _logistic(logits: Figures) -> Figures:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -500.0, 500.0))))


def _named(experts: list[float], belief: Mapping[str, float], *, scored: bool) -> dict[str, float]:
    """What each expert of the model says, without the scorer where it says nothing."""
    told = zip(EXPERTS, experts, strict=True)
    return {name: share for name, share in told if name in belief and (scored or name != "scorer")}


def _branches(tree: Any) -> int:
    return 1 + _branches(tree[2]) + _branches(tree[3]) if tree.__class__ is tuple else 1

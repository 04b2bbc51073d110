"""Expects a quality of one model for a prompt, by hedged experts, and learns from each outcome."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import Invalid
from app.domain.routing.boosting import Boosting
from app.domain.routing.encoding import Encoding, encode
from app.domain.routing.heads import FORGET, Head
from app.domain.routing.hedge import Hedge
from app.domain.routing.length import LengthHead
from app.domain.routing.logistic import bounded, log_loss, logistic, logit
from app.domain.routing.memory import FIRST_FIT, Memory
from app.domain.routing.newton import Newton
from app.domain.routing.packing import pack, unpack
from app.domain.routing.prior import Prior
from app.domain.routing.trees import Trees

# Nats that experts who know nothing yet start behind the prior.
UNTAUGHT: Final = 2.0
# How far the logit of the cheapest model, and less so of dearer ones, is expected to fall with length, unlearned.
LEAN: Final = 0.25


@dataclass(frozen=True, slots=True)
class Forecast:
    """`quality` 0…1; `low` is one standard deviation of the logit below it; `outcomes` is the weight learned from.

    `experts` says of each what it forecasts, `belief` which share it has in the quality.
    """

    quality: float
    low: float
    outcomes: float
    experts: Mapping[str, float]
    belief: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Seen:
    """A prompt as all experts see it; `own` is what the user's scorer says of it, None without one."""

    encoding: Encoding
    own: float | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """What a forecaster forecasts with, for those who forecast of many at once; arrays belong to it.

    `words` one weight per place, `word_figures` and `figures` one per figure and a last for 1, `cover` their square,
    `length` and `scorer` two each.
    """

    position: float
    words: NDArray[np.float32]
    word_figures: NDArray[np.float64]
    figures: NDArray[np.float64]
    cover: NDArray[np.float64]
    length: NDArray[np.float64]
    scorer: NDArray[np.float64] | None
    trees: Trees | None
    belief: Mapping[str, float]
    unscored: Mapping[str, float]
    outcomes: float


class Forecaster:
    """The experts of one model: the frozen prior, length, what it taught itself, and the user's scorer.

    Not safe for several threads at once: whoever shares one guards it. An outcome is learned as often as it is given;
    to give each once is the caller's part.
    """

    __slots__ = ("_head", "_hedge", "_length", "_memory", "_position", "_prior", "_scorer", "loss", "outcomes")

    def __init__(
        self, prior: Prior | None, position: float, *, scored: bool, forget: float = FORGET, remember: int = 0
    ) -> None:
        self._prior, self._position = prior, position
        lean = LEAN * (1.0 - position)
        self._head, self._length = Head(lean=lean, forget=forget), LengthHead(lean=lean, forget=forget)
        self._memory = Memory(remember)
        self._scorer = Newton(2, width=1.0, forget=forget) if scored else None
        untaught = UNTAUGHT if prior else 0.0
        names = {"prior": 0.0} if prior else {}
        names |= {"length": untaught, "own": untaught}
        self._hedge = Hedge(names | ({"scorer": untaught} if scored else {}))
        self.outcomes = 0.0
        self.loss = 0.0

    def forecast(self, seen: Seen) -> Forecast:
        """What to expect for this prompt."""
        experts = self._experts(seen)
        quality = self._hedge.mixed(experts)
        low = logistic(logit(quality) - self._head.doubt(seen.encoding))
        return Forecast(quality, low, self.outcomes, experts, self._hedge.weights())

    def observe(self, seen: Seen, quality: float, weight: float = 1.0) -> None:
        """Learn that the model reached this quality 0…1 at the prompt; `weight` 0…1 is how far that is trusted."""
        experts = self._experts(seen)
        self.loss += weight * log_loss(self._hedge.mixed(experts), quality)
        self.outcomes += weight
        self._hedge.observe(experts, quality, weight)
        self._length.observe(seen.encoding, quality, weight)
        self._head.observe(seen.encoding, quality, weight)
        self._head.trees = self._memory.add(seen.encoding.figures, quality, weight) or self._head.trees
        said = said_by_scorer(seen)
        if self._scorer and said is not None:
            self._scorer.observe(said, quality, weight)

    def refit(self, outcomes: Iterable[tuple[str, float, float]]) -> None:
        """Fit the trees anew to prompts with their quality and weight, such as a log holds; nothing else changes.

        Raises Invalid below FIRST_FIT outcomes, from which trees learn nothing that lasts.
        """
        self.fit([(encode(prompt).figures, quality, weight) for prompt, quality, weight in outcomes])

    def fit(self, rows: Sequence[tuple[Sequence[float], float, float]]) -> None:
        """As `refit`, to the figures of prompts."""
        if len(rows) < FIRST_FIT:
            raise Invalid(f"Trees are fitted to {FIRST_FIT} outcomes or more.", field="outcomes")
        figures, quality, weight = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
        self._head.trees = Boosting(figures).fit(quality, weight)

    def begin_from(self, state: bytes) -> Self:
        """Begin where another model stands: what it expects is taken over, how sure it is of that is not.

        Raises Invalid for other bytes.
        """
        fresh = {name: array for name, array in self._arrays().items() if name.endswith(("squares", "cover"))}
        self.load(state)
        self._take(self._arrays() | fresh)
        self._hedge.losses = {name: min(loss, UNTAUGHT) for name, loss in self._hedge.losses.items()}
        self.outcomes = self.loss = 0.0
        return self

    def parts(self) -> Parts:
        """What it forecasts with now."""
        arrays = self._arrays()
        return Parts(
            position=self._position,
            words=arrays["words.words"],
            word_figures=arrays["words.figures"],
            figures=arrays["figures.weights"],
            cover=arrays["figures.cover"],
            length=arrays["length.weights"],
            scorer=arrays.get("scorer.weights"),
            trees=self._head.trees,
            belief=self._hedge.weights(),
            unscored=self._hedge.weights(self._hedge.losses.keys() - {"scorer"}),
            outcomes=self.outcomes,
        )

    def state(self) -> bytes:
        """Everything learned, about 280 KB; outcomes remembered to fit trees to are no part of it."""
        trees = self._head.trees
        facts = {
            "losses": self._hedge.losses,
            "outcomes": self.outcomes,
            "loss": self.loss,
            "trees": [trees.base, trees.trees] if trees else None,
        }
        return pack(facts, self._arrays())

    def load(self, state: bytes) -> Self:
        """Go on from a state; an expert that it does not know starts anew. Raises Invalid for other bytes."""
        facts, arrays = unpack(state)
        try:
            losses, self.outcomes, self.loss = dict(facts["losses"]), float(facts["outcomes"]), float(facts["loss"])
            self._head.trees = Trees.of(*facts["trees"]) if facts["trees"] else None
        except (KeyError, TypeError, ValueError) as error:
            raise Invalid("The state lacks a part.", field="state") from error
        self._take(arrays)
        best = min(losses.values(), default=0.0)
        self._hedge.losses = {name: float(losses.get(name, best + UNTAUGHT)) for name in self._hedge.losses}
        return self

    def _arrays(self) -> dict[str, NDArray[Any]]:
        scorer = {f"scorer.{name}": array for name, array in self._scorer.arrays().items()} if self._scorer else {}
        return self._head.arrays() | self._length.arrays() | scorer

    def _take(self, arrays: dict[str, NDArray[Any]]) -> None:
        self._head.take(arrays)
        self._length.take(arrays)
        if self._scorer and "scorer.weights" in arrays:
            self._scorer.take(arrays["scorer.weights"], arrays["scorer.cover"])

    def _experts(self, seen: Seen) -> dict[str, float]:
        experts = {"length": self._length.forecast(seen.encoding), "own": self._head.forecast(seen.encoding)}
        if self._prior:
            experts["prior"] = self._prior.forecast(seen.encoding, self._position)
        said = said_by_scorer(seen)
        if self._scorer and said is not None:
            experts["scorer"] = logistic(self._scorer.logit(said))
        return {name: bounded(share) for name, share in experts.items()}


def said_by_scorer(seen: Seen) -> NDArray[np.float64] | None:
    """What the user's scorer says, and a 1; None where it says nothing that is a number."""
    if seen.own is None or not math.isfinite(seen.own):
        return None
    return np.array([min(10.0, max(-10.0, seen.own)), 1.0])

"""What one model has taught about itself: heads over figures and over words, and trees, which forecast together."""

from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import Invalid
from app.domain.routing.encoding import Encoding
from app.domain.routing.features import NAMES
from app.domain.routing.hashing import SIZE, Places
from app.domain.routing.logistic import logistic
from app.domain.routing.newton import Newton
from app.domain.routing.trees import Trees

WORDS_RATE: Final = 0.5
FIGURES_RATE: Final = 0.02
FORGET: Final = 0.9998
_LENGTH: Final = NAMES.index("characters")


class WordHead:
    """Logistic regression over hashed words and standard figures; each weight has a pace of its own.

    A step costs no more than the words of the prompt. The sum of squared steps of a weight, which slows it down, fades
    by `forget` each time the weight is touched, so that it never comes to rest for good.
    Source: Duchi, Hazan and Singer 2011, AdaGrad.
    """

    __slots__ = ("_figure_squares", "_figures", "_forget", "_squares", "_words")

    def __init__(self, *, forget: float = FORGET) -> None:
        self._words: NDArray[np.float32] = np.zeros(SIZE, np.float32)
        self._squares: NDArray[np.float32] = np.ones(SIZE, np.float32)
        self._figures = np.zeros(len(NAMES) + 1)
        self._figure_squares = np.ones(len(NAMES) + 1)
        self._forget = forget

    def logit(self, seen: Encoding) -> float:
        """The forecast before the logistic function; words weigh 1/√n each."""
        return float(self._words[seen.places].sum(dtype=np.float64)) * _each(seen.places) + float(
            self._figures @ seen.dense
        )

    def observe(self, seen: Encoding, quality: float, weight: float = 1.0) -> None:
        """Learn one quality 0…1, trusted by `weight`."""
        missed = weight * (logistic(self.logit(seen)) - quality)
        step = missed * _each(seen.places)
        squares = self._squares[seen.places] * self._forget + step * step
        self._squares[seen.places] = squares
        self._words[seen.places] -= (WORDS_RATE * step) / np.sqrt(squares)
        slope = missed * seen.dense
        self._figure_squares = self._figure_squares * self._forget + slope * slope
        self._figures -= FIGURES_RATE * slope / np.sqrt(self._figure_squares)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What was learned."""
        return {
            "words": self._words,
            "squares": self._squares,
            "figures": self._figures,
            "figure_squares": self._figure_squares,
        }

    def take(self, **arrays: NDArray[Any]) -> Self:
        """Go on from what was learned before; raises Invalid when it is of another size."""
        for name, array in arrays.items():
            if array.shape != getattr(self, f"_{name}").shape:
                raise Invalid("The state is of another number of words or figures.", field="state")
            setattr(self, f"_{name}", array)
        return self


class Head:
    """All ways to learn, at equal weight: few outcomes teach the head of figures, many that of words.

    `lean` is how far the logit is expected to fall with a standard step of log length, before anything is learned.
    Trees see how figures act together, once they were fitted to some hundred outcomes; they stay until fitted anew.
    """

    __slots__ = ("figures", "trees", "words")

    def __init__(self, *, lean: float = 0.0, forget: float = FORGET) -> None:
        self.figures = Newton(len(NAMES) + 1, forget=forget)
        self.figures.weights[_LENGTH] = -lean
        self.words = WordHead(forget=forget)
        self.trees: Trees | None = None

    def forecast(self, seen: Encoding) -> float:
        """The quality 0…1 to expect of the model for this prompt; 0.5 before the first outcome."""
        shares = [logistic(self.figures.logit(seen.dense)), logistic(self.words.logit(seen))]
        if self.trees:
            shares.append(logistic(self.trees.logit(seen.figures)))
        return sum(shares) / len(shares)

    def doubt(self, seen: Encoding) -> float:
        """Standard deviation of the logit, as far as the figures tell."""
        return self.figures.doubt(seen.dense)

    def observe(self, seen: Encoding, quality: float, weight: float = 1.0) -> None:
        """Learn one quality 0…1, trusted by `weight`."""
        self.words.observe(seen, quality, weight)
        self.figures.observe(seen.dense, quality, weight)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What was learned, a quarter of a megabyte."""
        own = {f"words.{name}": array for name, array in self.words.arrays().items()}
        return own | {f"figures.{name}": array for name, array in self.figures.arrays().items()}

    def take(self, arrays: dict[str, NDArray[Any]]) -> Self:
        """Go on from what `arrays` gave; raises Invalid when it does not fit."""
        try:
            self.words.take(**{name: arrays[f"words.{name}"] for name in self.words.arrays()})
            self.figures.take(arrays["figures.weights"], arrays["figures.cover"])
        except KeyError as error:
            raise Invalid("The state lacks a part.", field="state") from error
        return self


def _each(found: Places) -> float:
    return 1.0 / float(np.sqrt(max(1, len(found))))

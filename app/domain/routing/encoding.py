"""A prompt as heads and trees take it: figures, their standard form, and the places of its words."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.routing.features import NAMES, features, standard
from app.domain.routing.hashing import Places, places
from app.domain.routing.reading import read

_OPTIONS = NAMES.index("options")
_LENGTH = NAMES.index("characters")


@dataclass(frozen=True, slots=True)
class Encoding:
    """`figures` in the order of features.NAMES, `dense` their standard form with a 1 at its end, `places` of words."""

    figures: tuple[float, ...]
    dense: NDArray[np.float64]
    places: Places

    @property
    def has_options(self) -> bool:
        """Whether the prompt gives at least two options to choose from."""
        return self.figures[_OPTIONS] > 0

    @property
    def length(self) -> NDArray[np.float64]:
        """The standard form of its length, and a 1."""
        return self.dense[[_LENGTH, -1]]


def encode(prompt: str) -> Encoding:
    """The prompt, read once; any text will do, also none."""
    reading = read(prompt)
    figures = tuple(features(reading))
    return Encoding(figures, standard(figures), places(reading.words, options=figures[_OPTIONS] > 0))

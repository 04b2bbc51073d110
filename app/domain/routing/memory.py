"""The last outcomes of a model, to which its trees are fitted anew as they grow in number."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.domain.routing.boosting import Boosting
from app.domain.routing.features import NAMES
from app.domain.routing.trees import Trees

# Fitted to fewer outcomes, trees forecast worse than the other heads do.
FIRST_FIT: Final = 1000
GROWTH: Final = 1.4


class Memory:
    """At most `room` outcomes, the newest; none are kept with room 0.

    It is due at FIRST_FIT outcomes and then each time that GROWTH times as many were seen, so that all fits together
    cost a few times the last one.
    """

    __slots__ = ("_figures", "_outcomes", "_room", "due", "seen")

    def __init__(self, room: int) -> None:
        self._room = room
        self._figures: NDArray[np.float32] = np.zeros((0, len(NAMES)), np.float32)
        self._outcomes: NDArray[np.float32] = np.zeros((0, 2), np.float32)
        self.seen = 0
        self.due = FIRST_FIT

    def add(self, figures: tuple[float, ...], quality: float, weight: float) -> Trees | None:
        """Keep one outcome; gives new trees when they are due, which takes some tenths of a second."""
        if not self._room:
            return None
        place = self.seen % self._room
        if place == len(self._figures):
            more = min(self._room, max(64, 2 * place))
            self._figures = np.resize(self._figures, (more, len(NAMES)))
            self._outcomes = np.resize(self._outcomes, (more, 2))
        self._figures[place] = figures
        self._outcomes[place] = quality, weight
        self.seen += 1
        if self.seen < self.due:
            return None
        self.due = int(self.seen * GROWTH)
        return self.fitted()

    def fitted(self) -> Trees:
        """Trees that forecast the outcomes kept."""
        kept = min(self.seen, self._room)
        quality, weight = self._outcomes[:kept].astype(np.float64).T
        return Boosting(self._figures[:kept].astype(np.float64)).fit(quality, weight)

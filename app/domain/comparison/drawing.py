"""Drawing by hash: a row of numbers as good as drawn, and the same for the same salt."""

from collections.abc import Sequence
from typing import TypeVar

from app.domain.chance import share

Thing = TypeVar("Thing")


class Drawing:
    """Each draw goes on where the last one ended."""

    def __init__(self, salt: str) -> None:
        self._salt, self._turn = salt, 0

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included, evenly."""
        self._turn += 1
        return low + int(share(f"{self._salt}\x1f{self._turn}") * (high - low + 1))

    def one(self, things: Sequence[Thing]) -> Thing:
        """One of these."""
        return things[self.between(0, len(things) - 1)]

    def some(self, things: Sequence[Thing], few: int) -> list[Thing]:
        """Few of these, none twice, in a drawn order."""
        left = list(things)
        return [left.pop(self.between(0, len(left) - 1)) for _ in range(few)]

"""Sums of small decision trees, stored as nested lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

Branch = tuple[int, float, Any, Any]


@dataclass(frozen=True, slots=True)
class Trees:
    """`base` plus a leaf of each tree; a tree is a leaf, or (figure, edge, tree up to the edge, tree beyond it)."""

    base: float
    trees: tuple[Branch | float, ...]

    @classmethod
    def of(cls, base: float, trees: Sequence[Any]) -> Self:
        """From nested lists, as JSON has them."""
        return cls(base, tuple(_branch(tree) for tree in trees))

    def logit(self, figures: Sequence[float]) -> float:
        """The sum for a prompt of these figures."""
        total = self.base
        for tree in self.trees:
            at: Any = tree
            while at.__class__ is tuple:
                at = at[2] if figures[at[0]] <= at[1] else at[3]
            total += at
        return total


def _branch(tree: Any) -> Branch | float:
    if isinstance(tree, list):
        figure, edge, within, beyond = tree
        return int(figure), float(edge), _branch(within), _branch(beyond)
    return float(tree)

"""Gradient boosting of small trees for a quality 0…1, in numpy."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.domain.routing.logistic import logit
from app.domain.routing.trees import Trees

TREES: Final = 80
LEAVES: Final = 8
RATE: Final = 0.06
RIDGE: Final = 5.0
FEWEST: Final = 20
EDGES: Final = 47

Table = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(slots=True)
class Leaf:
    """A set of rows, and the best way to part it: what that gains, by which figure, up to which edge."""

    rows: Rows
    gain: float
    figure: int
    edge: int
    within: "Leaf | None" = None
    beyond: "Leaf | None" = None


class Boosting:
    """Newton boosting of the log loss; a tree grows where parting its rows gains most, up to LEAVES leaves.

    Source: J. Friedman 2001, with the second-order gain of Chen and Guestrin 2016.
    """

    def __init__(self, figures: Table) -> None:
        shares = np.linspace(0, 1, EDGES + 2)[1:-1]
        # Rounded, so that the edges are the same wherever they were computed.
        self._edges = [np.unique(np.quantile(each, shares, method="lower").round(4)) for each in figures.T]
        codes = [np.searchsorted(edges, each, side="left") for edges, each in zip(self._edges, figures.T, strict=True)]
        self._codes = np.stack(codes, axis=1)
        self._width = EDGES + 1
        self._cells = self._codes + np.arange(figures.shape[1]) * self._width

    def fit(self, quality: Table, weights: Table | None = None) -> Trees:
        """The trees that forecast the quality 0…1 of these rows, each trusted by its weight, 1 unless told."""
        trust = np.ones(len(quality)) if weights is None else weights
        base = round(logit(float((trust * quality).sum() / trust.sum())), 4)
        logits = np.full(len(quality), base)
        trees = []
        for _ in range(TREES):
            share = 1 / (1 + np.exp(-logits))
            slope, curve = trust * (share - quality), trust * share * (1 - share)
            trees.append(self._tree(self._grown(slope, curve), slope, curve, logits))
        return Trees.of(base, trees)

    def _grown(self, slope: Table, curve: Table) -> Leaf:
        root = self._leaf(np.arange(len(slope)), slope, curve)
        leaves = [root]
        while len(leaves) < LEAVES:
            best = max(range(len(leaves)), key=lambda place: leaves[place].gain)
            leaf = leaves[best]
            if leaf.gain <= 1e-6:
                break
            low = self._codes[leaf.rows, leaf.figure] <= leaf.edge
            leaf.within = self._leaf(leaf.rows[low], slope, curve)
            leaf.beyond = self._leaf(leaf.rows[~low], slope, curve)
            leaves[best : best + 1] = [leaf.within, leaf.beyond]
        return root

    def _leaf(self, rows: Rows, slope: Table, curve: Table) -> Leaf:
        cells = self._cells[rows].ravel()
        figures = self._codes.shape[1]

        def below(weights: Table | None) -> Table:
            each = None if weights is None else np.repeat(weights[rows], figures)
            counted = np.bincount(cells, each, figures * self._width)
            return counted.reshape(figures, self._width).cumsum(axis=1).astype(float)

        slopes, curves, counts = below(slope), below(curve), below(None)
        all_slope, all_curve = slopes[0, -1], curves[0, -1]
        gain = (
            slopes**2 / (curves + RIDGE)
            + (all_slope - slopes) ** 2 / (all_curve - curves + RIDGE)
            - all_slope**2 / (all_curve + RIDGE)
        )
        gain[(counts < FEWEST) | (len(rows) - counts < FEWEST)] = -1.0
        figure, edge = divmod(int(gain.argmax()), self._width)
        return Leaf(rows, float(gain[figure, edge]), figure, edge)

    def _tree(self, leaf: Leaf, slope: Table, curve: Table, logits: Table) -> Any:
        """The tree as nested lists; adds its leaves to the logits of their rows."""
        if leaf.within is None or leaf.beyond is None:
            value = round(float(-RATE * slope[leaf.rows].sum() / (curve[leaf.rows].sum() + RIDGE)), 4)
            logits[leaf.rows] += value
            return value
        return [
            leaf.figure,
            float(self._edges[leaf.figure][leaf.edge]),
            self._tree(leaf.within, slope, curve, logits),
            self._tree(leaf.beyond, slope, curve, logits),
        ]

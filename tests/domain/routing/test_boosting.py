"""Boosting finds planted rules, listens to weights, and keeps its trees small."""

import numpy as np
import pytest

from app.domain.routing.boosting import LEAVES, Boosting
from app.domain.routing.logistic import logistic


def test_boosting_finds_a_planted_rule_with_an_interaction() -> None:
    chance = np.random.default_rng(0)
    figures = chance.random((800, 3)).round(3)
    right = ((figures[:, 0] > 0.5) & (figures[:, 2] <= 0.5)).astype(float)
    trees = Boosting(figures).fit(right)
    found = np.array([logistic(trees.logit(row)) for row in figures])

    assert ((found > 0.5) == (right > 0.5)).mean() > 0.97
    assert all(leaves(tree) <= LEAVES for tree in trees.trees)


def leaves(tree: object) -> int:
    return leaves(tree[2]) + leaves(tree[3]) if isinstance(tree, tuple) else 1


def test_outcomes_count_by_how_far_they_are_trusted() -> None:
    figures = np.zeros((200, 1))
    right = (np.arange(200) % 2).astype(float)
    trees = Boosting(figures).fit(right, weights=np.where(right > 0, 0.9, 0.3))

    assert logistic(trees.logit([0.0])) == pytest.approx(0.75, abs=0.01)


def test_outcomes_that_are_all_alike_make_one_forecast() -> None:
    trees = Boosting(np.arange(60.0).reshape(30, 2)).fit(np.ones(30))

    assert 0.95 < logistic(trees.logit([1.0, 2.0])) < 1

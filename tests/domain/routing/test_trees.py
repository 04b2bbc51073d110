"""Trees sum their leaves."""

from app.domain.routing.trees import Trees

TREES = Trees.of(0.5, [[0, 1.0, 0.1, [1, 2.0, 0.2, 0.3]], -0.05])


def test_each_tree_adds_the_leaf_that_the_figures_lead_to() -> None:
    assert TREES.logit([1.0, 9.0]) == 0.5 + 0.1 - 0.05
    assert TREES.logit([1.1, 2.0]) == 0.5 + 0.2 - 0.05
    assert TREES.logit([1.1, 2.1]) == 0.5 + 0.3 - 0.05


def test_no_trees_are_the_base() -> None:
    assert Trees.of(0.25, []).logit([]) == 0.25

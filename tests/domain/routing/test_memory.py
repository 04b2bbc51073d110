"""A memory keeps the newest outcomes, and says when trees are due."""

import numpy as np

from app.domain.routing.features import NAMES
from app.domain.routing.logistic import logistic
from app.domain.routing.memory import FIRST_FIT, GROWTH, Memory

FIGURES = tuple(float(place) for place in range(len(NAMES)))


def test_trees_are_due_at_first_and_then_as_outcomes_grow() -> None:
    memory = Memory(10_000)
    due = [count for count in range(1, 3000) if memory.add(FIGURES, float(count % 2), 1.0)]

    assert due[0] == FIRST_FIT
    assert due[1:] == [int(count * GROWTH) for count in due[:-1]]


def test_without_room_nothing_is_kept() -> None:
    memory = Memory(0)

    assert all(memory.add(FIGURES, 1.0, 1.0) is None for _ in range(FIRST_FIT + 1))
    assert memory.seen == 0


def test_the_oldest_outcomes_make_room_for_the_newest() -> None:
    memory = Memory(100)
    for count in range(250):
        memory.add(FIGURES, float(count >= 150), 1.0)

    assert logistic(memory.fitted().logit(FIGURES)) > 0.95


def test_what_is_kept_survives_growth() -> None:
    memory, chance = Memory(1000), np.random.default_rng(0)
    rows = chance.random((300, len(NAMES)))
    for row in rows:
        memory.add(tuple(row), float(row[3] > 0.5), 1.0)
    trees = memory.fitted()
    found = np.array([logistic(trees.logit(row)) for row in rows])

    assert ((found > 0.5) == (rows[:, 3] > 0.5)).mean() > 0.98

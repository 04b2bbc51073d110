"""The head of few figures agrees with the exact answer, and follows a model that changes."""

import numpy as np
import pytest

from app.domain.errors import Invalid
from app.domain.routing.logistic import logistic
from app.domain.routing.newton import INTERCEPT_WIDTH, Newton


def test_with_the_intercept_alone_it_finds_the_share() -> None:
    head = Newton(1)
    for count in range(400):
        head.observe(np.ones(1), float(count % 4 != 0))

    assert logistic(head.logit(np.ones(1))) == pytest.approx(0.75, abs=0.02)


def test_it_finds_the_weights_behind_outcomes() -> None:
    chance, head = np.random.default_rng(3), Newton(3, width=1.0)
    true = np.array([1.0, -0.5, 0.3])
    for _ in range(4000):
        figures = np.append(chance.normal(size=2), 1.0)
        head.observe(figures, float(chance.random() < logistic(float(true @ figures))))

    assert head.weights == pytest.approx(true, abs=0.15)


def test_doubt_shrinks_with_outcomes_and_starts_at_the_width() -> None:
    head, figures = Newton(1), np.ones(1)
    before = head.doubt(figures)
    head.observe(figures, 1.0)

    assert before == pytest.approx(INTERCEPT_WIDTH**0.5)
    assert head.doubt(figures) < before


def test_half_the_weight_teaches_less() -> None:
    whole, half = Newton(1), Newton(1)
    whole.observe(np.ones(1), 1.0)
    half.observe(np.ones(1), 1.0, weight=0.5)

    assert 0 < half.logit(np.ones(1)) < whole.logit(np.ones(1))


def test_a_head_that_forgets_follows_a_model_that_changes() -> None:
    keeping, forgetting = Newton(1), Newton(1, forget=0.98)
    for head in (keeping, forgetting):
        for quality in [1.0] * 300 + [0.0] * 100:
            head.observe(np.ones(1), quality)

    assert forgetting.logit(np.ones(1)) < keeping.logit(np.ones(1))
    assert logistic(forgetting.logit(np.ones(1))) < 0.3


def test_forgetting_never_makes_it_doubt_more_than_at_the_start() -> None:
    head = Newton(2, forget=0.5)
    start = float(np.trace(head.cover))
    for _ in range(200):
        head.observe(np.array([0.0, 1.0]), 1.0)

    assert float(np.trace(head.cover)) <= start / 0.5


def test_a_state_of_another_size_is_refused() -> None:
    with pytest.raises(Invalid):
        Newton(2).take(np.zeros(3), np.eye(3))

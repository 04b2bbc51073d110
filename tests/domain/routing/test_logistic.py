"""Logits, shares and losses."""

import math

import pytest

from app.domain.routing.logistic import SUREST, log_loss, logistic, logit


def test_the_logistic_function_never_overflows() -> None:
    assert logistic(0) == 0.5
    assert logistic(1000) == 1.0
    assert logistic(-1000) == 0.0
    assert logistic(1.5) + logistic(-1.5) == pytest.approx(1.0)


def test_the_logit_is_its_inverse() -> None:
    assert logistic(logit(0.3)) == pytest.approx(0.3)


def test_one_surprise_costs_a_bounded_loss() -> None:
    assert log_loss(0.0, 1.0) == pytest.approx(-math.log(SUREST))
    assert log_loss(0.5, 1.0) == pytest.approx(math.log(2))
    assert log_loss(0.5, 0.3) == pytest.approx(math.log(2))

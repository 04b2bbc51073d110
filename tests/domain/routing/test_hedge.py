"""The mixture follows the experts who forecast well and drops those who do not."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.routing.hedge import Hedge
from app.domain.routing.logistic import log_loss

SHARES = st.floats(0.02, 0.98)


def test_belief_starts_even_but_for_the_doubts() -> None:
    assert Hedge({"a": 0.0, "b": 0.0}).weights() == {"a": 0.5, "b": 0.5}
    assert Hedge({"a": 0.0, "b": math.log(3)}).weights() == pytest.approx({"a": 0.75, "b": 0.25})


@given(st.dictionaries(st.sampled_from("abc"), SHARES, min_size=2), st.sampled_from((0.0, 1.0)))
def test_an_expert_that_is_silent_neither_counts_nor_loses(forecasts: dict[str, float], quality: float) -> None:
    hedge = Hedge({"a": 0.0, "b": 1.0, "c": 0.5, "silent": 0.2}, forget=1.0)
    others = Hedge({name: hedge.losses[name] for name in forecasts})
    before = hedge.weights()["silent"]

    assert hedge.mixed(forecasts) == pytest.approx(others.mixed(forecasts))

    hedge.observe(forecasts, quality)
    assert hedge.weights()["silent"] == pytest.approx(before)


def test_a_bad_expert_is_dropped_within_some_hundred_outcomes() -> None:
    chance, hedge = np.random.default_rng(0), Hedge({"bad": 0.0, "good": 2.0})
    for _ in range(300):
        quality = float(chance.random() < 0.7)
        hedge.observe({"bad": 0.4, "good": 0.7}, quality)

    assert hedge.weights()["bad"] < 0.001
    assert hedge.mixed({"bad": 0.4, "good": 0.7}) == pytest.approx(0.7, abs=0.001)


def test_an_expert_that_turns_good_wins_its_weight_back() -> None:
    hedge = Hedge({"early": 0.0, "late": 0.0}, forget=0.99)
    for _ in range(500):
        hedge.observe({"early": 0.9, "late": 0.1}, 1.0)
    assert hedge.weights()["early"] > 0.999
    for _ in range(500):
        hedge.observe({"early": 0.1, "late": 0.9}, 1.0)

    assert hedge.weights()["late"] > 0.999


@given(st.lists(st.tuples(SHARES, SHARES, st.booleans()), min_size=1, max_size=60))
def test_it_loses_at_most_the_logarithm_of_the_number_of_experts_more_than_the_best(
    rounds: list[tuple[float, float, bool]],
) -> None:
    hedge, lost, of = Hedge({"a": 0.0, "b": 0.0}, forget=1.0), 0.0, {"a": 0.0, "b": 0.0}
    for a, b, right in rounds:
        forecasts, quality = {"a": a, "b": b}, float(right)
        lost += log_loss(hedge.mixed(forecasts), quality)
        of = {name: loss + log_loss(forecasts[name], quality) for name, loss in of.items()}
        hedge.observe(forecasts, quality)

    assert lost <= min(of.values()) + math.log(2) + 1e-9


def test_an_outcome_that_is_hardly_trusted_hardly_counts() -> None:
    hedge = Hedge({"a": 0.0, "b": 0.0})
    hedge.observe({"a": 0.9, "b": 0.1}, 1.0, weight=0.01)

    assert hedge.weights()["a"] == pytest.approx(0.5, abs=0.01)

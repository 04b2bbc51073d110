"""Each strategy asks first what it is named for, whatever the order in which models are listed."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.auto import STRATEGIES, Strategy
from app.domain.routing.candidate import SAME, Candidate
from app.domain.routing.level import Level
from app.domain.routing.strategies import ranked, unsure
from tests.domain.routing.candidates import ALL, BEST, CHEAP, FAST, MID, SHARES, lists

LEVELS: list[Level] = ["easy", "medium", "hard"]


def slugs(strategy: Strategy, candidates: list[Candidate], level: Level = "easy", **more: float) -> list[str]:
    """The order."""
    return [each.slug for each in ranked(strategy, candidates, level=level, **more)]


@pytest.mark.parametrize("strategy", STRATEGIES)
@given(candidates=lists(), shuffled=st.randoms(use_true_random=False), level=st.sampled_from(LEVELS))
def test_the_order_is_of_all_models_and_depends_on_no_other_order(
    strategy: Strategy, candidates: list[Candidate], shuffled: st.DataObject, level: Level
) -> None:
    listed = sorted(candidates, key=lambda each: shuffled.random())  # type: ignore[attr-defined]  # a Random

    assert slugs(strategy, candidates, level) == slugs(strategy, listed, level)
    assert sorted(slugs(strategy, candidates, level)) == sorted(each.slug for each in candidates)


@given(lists())
def test_best_quality_asks_the_cheapest_of_the_best(candidates: list[Candidate]) -> None:
    first = ranked("best_quality", candidates, level="easy")[0]
    most = max(each.value for each in candidates)

    assert first.value >= most - SAME
    assert not any(
        each.cost is not None and (first.cost is None or each.cost < first.cost)
        for each in candidates
        if each.value >= most - SAME
    )


def test_a_model_that_often_fails_is_worth_less_than_its_answers() -> None:
    failing = replace(BEST, error_share=0.5)

    assert slugs("best_quality", [failing, MID]) == ["a/mid", "b/best"]


@given(lists())
def test_best_cost_asks_the_cheapest_and_unpriced_models_last(candidates: list[Candidate]) -> None:
    costs = [each.cost for each in ranked("best_cost", candidates, level="easy")]
    priced = [cost for cost in costs if cost is not None]

    assert costs == [*sorted(priced), *([None] * (len(costs) - len(priced)))]


@given(lists())
def test_fastest_asks_in_the_order_of_latency(candidates: list[Candidate]) -> None:
    latencies = [each.latency_ms for each in ranked("fastest", candidates, level="easy")]

    assert latencies == sorted(latencies)


@given(lists(priced=True), SHARES, SHARES, st.sampled_from(LEVELS))
def test_a_growing_preference_lowers_neither_quality_nor_cost(
    candidates: list[Candidate], one: float, other: float, level: Level
) -> None:
    low, high = (ranked("balanced", candidates, level=level, preference=p)[0] for p in sorted((one, other)))

    assert low.value <= high.value + 1e-9
    assert (low.cost or 0) <= (high.cost or 0) or low.value == pytest.approx(high.value, abs=1e-9)


def test_preferences_reach_from_the_cheapest_to_the_best() -> None:
    assert slugs("balanced", list(ALL), preference=0.0)[0] == "a/cheap"
    assert slugs("balanced", list(ALL), preference=0.5)[0] == "a/mid"
    assert slugs("balanced", list(ALL), preference=1.0)[0] == "b/best"


def test_balanced_asks_unpriced_models_last() -> None:
    assert slugs("balanced", [replace(BEST, cost=None), CHEAP, MID], preference=1.0) == ["a/mid", "a/cheap", "b/best"]


def test_a_cheap_model_that_is_not_learned_stands_behind_dearer_ones() -> None:
    """The catalogue alone would ask it: it is as good and cheaper."""
    unlearned = replace(CHEAP, quality=0.75, outcomes=49.0)

    assert slugs("balanced", [unlearned, MID, BEST], "medium") == ["a/mid", "b/best", "a/cheap"]
    assert slugs("balanced", [unlearned, MID, BEST], "easy")[0] == "a/cheap"
    assert slugs("balanced", [replace(unlearned, outcomes=50.0), MID, BEST], "medium")[0] == "a/cheap"


def test_cheap_models_are_asked_where_there_are_no_others() -> None:
    fresh = [replace(CHEAP, outcomes=0.0), replace(FAST, outcomes=0.0)]

    assert len(unsure(fresh, "balanced", "hard")) == 2
    assert sorted(slugs("balanced", fresh, "hard")) == ["a/cheap", "c/fast"]


def test_tiers_ask_by_the_level_and_fall_back_to_what_is_nearest_in_quality() -> None:
    assert slugs("tiers", list(ALL), "easy") == ["a/cheap", "c/fast", "a/mid", "b/best"]
    assert slugs("tiers", list(ALL), "hard") == ["b/best", "a/mid", "c/fast", "a/cheap"]

"""A ladder rises in price and in quality, so that a harder prompt never gets a worse model or a cheaper one."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given

from app.domain.routing.candidate import SAME, Candidate
from app.domain.routing.ladder import next_rung, rung, rungs, rungs_above
from tests.domain.routing.candidates import ALL, BEST, CHEAP, FAST, MID, lists


@given(lists(priced=True))
def test_rungs_rise_in_price_and_in_quality(candidates: list[Candidate]) -> None:
    found = rungs(candidates)
    pairs = list(pairwise(found))

    assert found
    assert all((low.cost or 0) < (high.cost or 0) and low.value < high.value for low, high in pairs)


@given(lists(priced=True))
def test_whoever_stands_on_no_rung_has_one_below_that_is_as_good(candidates: list[Candidate]) -> None:
    found = rungs(candidates)
    for each in candidates:
        assert each in found or any(
            (other.cost or 0) <= (each.cost or 0) and other.value >= each.value for other in found
        )


@given(lists())
def test_a_harder_prompt_never_gets_a_cheaper_or_worse_model(candidates: list[Candidate]) -> None:
    easy, medium, hard = (rung(candidates, level) for level in ("easy", "medium", "hard"))

    assert easy.value <= medium.value <= hard.value
    if easy.cost is not None:
        assert easy.cost <= (medium.cost or 0) <= (hard.cost or 0)


def test_the_three_levels_take_the_three_tiers() -> None:
    assert [rung(ALL, level).slug for level in ("easy", "medium", "hard")] == ["a/cheap", "a/mid", "b/best"]


def test_a_model_of_the_top_tier_that_is_no_better_than_a_cheaper_one_stands_on_no_rung() -> None:
    assert [each.slug for each in rungs([CHEAP, MID, replace(BEST, quality=0.74)])] == ["a/cheap", "a/mid"]


def test_without_any_price_the_tier_stands_for_it() -> None:
    unpriced = [replace(each, cost=None) for each in (BEST, CHEAP, MID)]

    assert [each.slug for each in rungs(unpriced)] == ["a/cheap", "a/mid", "b/best"]


def test_an_unpriced_model_stands_on_no_rung_beside_priced_ones() -> None:
    assert replace(BEST, cost=None) not in rungs([CHEAP, MID, replace(BEST, cost=None)])


def test_the_next_rung_gains_the_most_quality_per_dollar() -> None:
    """From .60 to .75 for $0.00025 is more per dollar than from .60 to .88 for $0.005."""
    assert next_rung(ALL, "a/cheap") == MID
    assert next_rung(ALL, "a/mid") == BEST


def test_above_the_best_there_is_no_rung() -> None:
    assert next_rung(ALL, "b/best") is None
    assert next_rung(ALL, "nobody/knows") is None
    assert next_rung([CHEAP, replace(FAST, quality=CHEAP.quality + SAME / 2)], "a/cheap") is None


def test_an_unpriced_model_is_the_last_to_escalate_to() -> None:
    unpriced = replace(BEST, cost=None)

    assert next_rung([CHEAP, MID, unpriced], "a/cheap") == MID
    assert next_rung([MID, unpriced], "a/mid") == unpriced


def test_a_model_that_costs_nothing_is_the_first_to_escalate_to() -> None:
    assert next_rung([CHEAP, MID, replace(FAST, quality=0.70, cost=0)], "a/cheap") == replace(
        FAST, quality=0.70, cost=0
    )


@given(lists(least=2))
def test_every_step_up_gains_quality(candidates: list[Candidate]) -> None:
    start = candidates[0]
    values = [start.value, *(each.value for each in rungs_above(candidates, start.slug, 3))]

    assert len(values) <= 4
    assert all(low + SAME < high for low, high in pairwise(values))

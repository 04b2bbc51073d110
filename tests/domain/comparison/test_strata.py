"""A model's figures come from where it met others, so that a bad prompt or a hard input is nobody's fault."""

import pytest

from app.domain.comparison.comparison import Weights
from app.domain.comparison.ranking import Met
from app.domain.comparison.recommendation import recommended
from app.domain.comparison.strata import records_of
from app.domain.comparison.tally import Tally, record_of


def tally(model: str, right: int, inputs: int, *, stratum: str = "", comparison: str = "1") -> Tally:
    return Tally(model, 1, inputs, inputs, right, right, inputs, inputs * 10, comparison=comparison, stratum=stratum)


def qualities(tallies: list[Tally]) -> dict[str, float]:
    return {own.model: own.quality.value for own in records_of(tallies, ()) if own.quality is not None}


def test_a_model_that_was_tried_with_bad_flows_is_not_behind_one_that_it_beat() -> None:
    tallies = [
        tally("small", 24, 24),
        tally("large", 23, 24),
        tally("small", 2, 24, stratum="bad"),
        tally("small", 0, 24, stratum="worse", comparison="2"),
    ]

    found = recommended(records_of(tallies, [Met("large", "small", 0, 1, 23)]), Weights())

    assert found is not None
    assert (found.best.record.model, found.proven, found.left_out) == ("small", False, ())
    assert qualities(tallies) == {"small": pytest.approx(1.0), "large": pytest.approx(23 / 24)}
    assert (found.best.record.inputs, found.best.record.comparisons) == (24, 1)


def test_a_hard_prompt_does_not_count_against_whoever_was_asked_with_it() -> None:
    """a is .1 ahead of b where it is easy, and b .1 ahead of c where it is hard: so a leads."""
    tallies = [
        *(tally("a", 100, 100), tally("b", 90, 100)),
        *(tally("b", 30, 100, comparison="2"), tally("c", 20, 100, comparison="2")),
    ]

    found = qualities(tallies)

    assert found["a"] - found["b"] == pytest.approx(0.1)
    assert found["b"] - found["c"] == pytest.approx(0.1)
    assert sum(found.values()) * 100 + found["b"] * 100 == pytest.approx(240)


def test_with_the_same_models_everywhere_quality_is_the_plain_mean() -> None:
    tallies = [
        tally(model, right, 50, comparison=name)
        for model, right, name in (("a", 40, "1"), ("b", 30, "1"), ("a", 10, "2"), ("b", 5, "2"))
    ]

    a, b = records_of(tallies, ())

    plain = record_of(Tally("a", 2, 100, 100, 50, 50, 100, 1000), ()).quality
    assert a.quality is not None
    assert plain is not None
    assert (a.quality.value, a.quality.low, a.quality.high) == pytest.approx((plain.value, plain.low, plain.high))
    assert (a.inputs, a.comparisons, a.cost_each, a.group) == (100, 2, 10.0, b.group)


def test_inputs_asked_with_several_prompts_count_once() -> None:
    tallies = [tally(model, 12, 24, stratum=flow) for model in ("a", "b") for flow in ("f", "g")]
    once = [tally(model, 12, 24, stratum="f") for model in ("a", "b")]

    (a, _), (alone, _) = records_of(tallies, ()), records_of(once, ())

    assert (a.inputs, alone.inputs) == (24, 24)
    assert a.quality is not None
    assert alone.quality is not None
    assert a.quality.low is not None
    assert a.quality.low == pytest.approx(alone.quality.low, abs=0.01)


def test_models_that_never_met_are_not_ranked_against_each_other() -> None:
    tallies = [tally("a", 50, 100), tally("b", 60, 100), tally("c", 99, 100, comparison="2")]

    found = recommended(records_of(tallies, ()), Weights())
    by_cost = recommended(records_of(tallies, ()), Weights(quality=0, cost=1))

    assert found is not None
    assert (found.best.record.model, found.left_out) == ("b", (("c", "never-met"),))
    assert by_cost is not None
    assert by_cost.left_out == ()


def test_a_model_that_is_alone_is_told_as_it_is() -> None:
    (alone,) = records_of([tally("a", 30, 40), tally("a", 10, 40, comparison="2")], ())

    assert alone.quality is not None
    assert (alone.quality.value, alone.inputs, alone.comparisons) == (pytest.approx(0.5), 80, 2)


def test_without_scores_there_is_no_quality() -> None:
    assert [own.quality for own in records_of([Tally("a", 1, 9), Tally("b", 1, 9)], ())] == [None, None]
    assert records_of([], ()) == []

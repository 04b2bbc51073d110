"""A model is recommended by what is surely known of it, with evidence and alternatives, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.comparison.comparison import Weights
from app.domain.comparison.estimate import Estimate, share_of
from app.domain.comparison.recommendation import FEWEST_INPUTS, Record, recommended

BY_QUALITY = Weights()


def record(model: str, right: int, inputs: int, *, cost: float | None = 100.0, latency: float | None = 500.0) -> Record:
    return Record(model, 2, inputs, quality=share_of(right, inputs), cost_each=cost, latency_ms=latency)


def test_the_best_is_recommended_with_evidence_and_alternatives() -> None:
    found = recommended([record("weak", 40, 100), record("good", 95, 100), record("mid", 60, 100)], BY_QUALITY)

    assert found is not None
    assert found.best.record.model == "good"
    assert [other.record.model for other in found.alternatives] == ["mid", "weak"]
    assert (found.proven, found.basis, found.left_out, found.unknown) == (True, "quality", (), ())
    assert found.sentence == (
        "good is recommended after 100 inputs in 2 comparisons: utility 0.950, "
        "mid comes next with 0.600, surely behind."
    )


def test_a_lead_that_may_be_chance_is_said_to_be_unproven() -> None:
    found = recommended([record("a", 80, 100), record("b", 78, 100)], BY_QUALITY)

    assert found is not None
    assert (found.best.record.model, found.proven) == ("a", False)
    assert "not proven" in found.sentence


def test_little_data_does_not_pass_for_much_quality() -> None:
    found = recommended([record("lucky", 20, 20), record("known", 970, 1000)], BY_QUALITY)

    assert found is not None
    assert found.best.record.model == "known"
    assert not found.proven


def test_cost_and_speed_count_by_their_weights() -> None:
    dear, cheap = record("dear", 95, 100, cost=1000, latency=1000), record("cheap", 90, 100, cost=100, latency=500)

    found = recommended([dear, cheap], Weights(quality=2, cost=1, speed=1))

    assert found is not None
    assert found.best.record.model == "cheap"
    assert found.best.utility.value == pytest.approx((2 * 0.9 + 0.9 + 0.5) / 4)
    assert found.alternatives[0].utility.value == pytest.approx(2 * 0.95 / 4)


def test_an_unknown_price_is_left_out_where_cost_counts_and_only_there() -> None:
    records = [record("unpriced", 99, 100, cost=None), record("priced", 80, 100)]

    with_cost, without = recommended(records, Weights(quality=1, cost=1)), recommended(records, BY_QUALITY)

    assert with_cost is not None
    assert (with_cost.best.record.model, with_cost.left_out) == ("priced", (("unpriced", "cost-unknown"),))
    assert "the only model with enough data" in with_cost.sentence
    assert without is not None
    assert without.best.record.model == "unpriced"


def test_what_is_unknown_of_all_counts_for_nothing_and_is_said() -> None:
    found = recommended([record("a", 80, 100, cost=None), record("b", 10, 100, cost=None)], Weights(1, 1, 0))

    assert found is not None
    assert (found.best.record.model, found.unknown) == ("a", ("cost",))
    assert "Cost is unknown and counts for nothing." in found.sentence


def test_win_rates_stand_for_quality_where_there_are_no_scores() -> None:
    records = [Record("a", 1, 50, win_rate=share_of(40, 50)), Record("b", 1, 50, win_rate=share_of(10, 50))]

    found = recommended(records, BY_QUALITY)

    assert found is not None
    assert (found.best.record.model, found.basis, found.proven) == ("a", "win_rate", True)


def test_a_model_without_scores_is_left_out_where_others_have_them() -> None:
    found = recommended([record("a", 80, 100), Record("b", 1, 50, win_rate=share_of(50, 50))], BY_QUALITY)

    assert found is not None
    assert found.left_out == (("b", "quality-unknown"),)


def test_without_an_interval_nothing_is_sure() -> None:
    found = recommended([Record("a", 1, 50, quality=Estimate(1.0)), record("b", 60, 100)], BY_QUALITY)

    assert found is not None
    assert found.best.record.model == "b"


@pytest.mark.parametrize(
    "records",
    [
        [],
        [record("a", 19, FEWEST_INPUTS - 1)],
        [Record("a", 1, 100)],
    ],
)
def test_too_little_data_recommends_nothing(records: list[Record]) -> None:
    assert recommended(records, BY_QUALITY) is None


def test_a_model_with_too_few_inputs_is_left_out() -> None:
    found = recommended([record("a", 5, 100), record("b", 19, 19)], BY_QUALITY)

    assert found is not None
    assert (found.best.record.model, found.left_out) == ("a", (("b", "too-few-inputs"),))


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.floats(0, 1e6) | st.none(), st.floats(0, 1e5) | st.none()),
        min_size=1,
        max_size=6,
    ),
    st.builds(Weights, st.floats(0, 3), st.floats(0, 3), st.floats(0, 3)),
)
def test_the_best_is_never_surely_behind_and_utilities_stay_within_zero_and_one(
    rows: list[tuple[int, float | None, float | None]], weights: Weights
) -> None:
    found = recommended(
        [record(f"m{at}", right, 50, cost=cost, latency=time) for at, (right, cost, time) in enumerate(rows)], weights
    )

    if found is None:
        return
    assert len(found.alternatives) + len(found.left_out) + 1 == len(rows)
    for other in found.alternatives:
        assert found.best.cautious >= other.cautious
        assert -1e-9 <= other.utility.value <= 1 + 1e-9

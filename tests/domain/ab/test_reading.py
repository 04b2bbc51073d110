"""A readout is made of sums alone: the same from any order of facts, and told plainly when it cannot be trusted."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.db.ab_counts import Value, change_of, joined, of_covariate
from app.domain.ab.design import Design
from app.domain.ab.metric import UNIT, metric_of
from app.domain.ab.planned import at_planned
from app.domain.ab.reading import read
from app.domain.ab.readout import TestReadout
from app.domain.ab.sums import ArmSums, Before, Sums
from app.domain.statistics.multiplicity import benjamini_hochberg, holm
from app.domain.statistics.proportions import wilson
from tests.domain.ab.designed import CONVERSION, QUALITY, RATING, THUMB, design, of_rates, of_values, whole

DAYS = timedelta(days=4)


def seen(made: Design, arms: dict[str, ArmSums], *, running: timedelta = DAYS) -> TestReadout:
    return read(made, arms, running=running)


def test_units_that_did_not_come_as_was_meant_take_away_trust() -> None:
    made = design(THUMB)
    sums = {
        "a": ArmSums(1_000, {"thumb": of_rates(100, 1_000)}),
        "b": ArmSums(1_300, {"thumb": of_rates(900, 1_300)}),
    }

    found = seen(made, sums)

    assert not found.trusted
    assert (found.best, found.decided) == (None, False)
    assert found.recommendation.startswith("Do not use these figures")
    assert "a 1000 (meant 50.0%), b 1300 (meant 50.0%)" in found.warnings[0]
    assert found.split.srm


def test_units_that_came_as_was_meant_are_trusted_and_decide() -> None:
    sums = whole(THUMB, {"a": of_rates(100, 1_000), "b": of_rates(300, 1_000)})

    found = seen(design(THUMB), sums)

    assert (found.trusted, found.decided, found.best) == (True, True, "b")
    assert found.warnings == ()


def test_the_days_left_are_those_of_the_slowest_arm() -> None:
    sums = whole(THUMB, {"a": of_rates(20, 200), "b": of_rates(10, 100)})

    found = seen(design(THUMB, need=500), sums).progress

    assert found.days_left == pytest.approx(4 * 400 / 100)
    assert (found.collected, found.required) == ({"a": 200, "b": 100}, {"a": 500, "b": 500})
    assert seen(design(THUMB), sums, running=timedelta(minutes=5)).progress.days_left is None
    assert seen(design(THUMB), {}).progress.days_left is None
    assert seen(design(THUMB, need=100), sums).progress.days_left == 0


def test_unequal_response_is_told_of_what_people_give_alone() -> None:
    rated = {
        "a": ArmSums(1_000, {"thumb": of_rates(100, 200), "conversion": of_rates(200, 200)}),
        "b": ArmSums(1_000, {"thumb": of_rates(200, 400), "conversion": of_rates(400, 400)}),
    }

    found = seen(design(THUMB), rated)
    counted = seen(design(CONVERSION), rated)

    assert found.unequal_response is not None
    assert "40.0% of the sessions of b and 20.0%" in found.warnings[0]
    assert found.unequal_response.p_value == pytest.approx(
        stats.chi2_contingency([[200, 800], [400, 600]], correction=False).pvalue
    )
    assert counted.unequal_response is None


def test_figures_of_arms_have_the_intervals_of_the_textbook() -> None:
    chance = np.random.default_rng(1)
    values = chance.choice([0, 0.25, 0.5, 0.75, 1], 80)
    rated = seen(design(RATING, alpha=0.1), whole(RATING, {"a": of_values(values), "b": of_values(values)}))
    liked = seen(design(THUMB), whole(THUMB, {"a": of_rates(7, 20), "b": of_rates(7, 20)}))
    one = seen(design(RATING), whole(RATING, {"a": of_values([0.5]), "b": Sums()}))

    arm, rate = rated.metrics[0].arms[0], liked.metrics[0].arms[0]
    interval = stats.ttest_1samp(1 + 4 * values, 0).confidence_interval(0.9)
    assert arm.mean == pytest.approx(1 + 4 * values.mean())
    assert arm.deviation == pytest.approx(4 * values.std(ddof=1), rel=1e-6)
    assert (arm.low, arm.high) == pytest.approx((interval.low, interval.high), rel=1e-5)
    assert (rate.low, rate.high) == pytest.approx(wilson(7, 20))
    assert (one.metrics[0].arms[0].mean, one.metrics[0].arms[0].low) == (3.0, None)
    assert (one.metrics[0].arms[1].n, one.metrics[0].arms[1].mean) == (0, None)


def test_the_primary_metric_is_adjusted_over_arms_and_all_others_together() -> None:
    made = design(THUMB, arms=3, secondary=(QUALITY, CONVERSION))
    wins = {"a": 100, "b": 120, "c": 135}
    sums = {
        arm: ArmSums(
            300,
            {
                "thumb": of_rates(won, 300),
                "quality": of_values([0.2, won / 200, 0.9] * 100),
                "conversion": of_rates(won // 2, won // 2),
            },
        )
        for arm, won in wins.items()
    }

    found = {one.name: [each.planned for each in one.against_control] for one in seen(made, sums).metrics}

    raw = {name: [each.p_value or 0.0 for each in tests] for name, tests in found.items()}
    raised = {name: [each.p_adjusted for each in tests] for name, tests in found.items()}
    assert raised["thumb"] == list(holm(raw["thumb"]))
    assert raised["quality"] + raised["conversion"] == list(benjamini_hochberg(raw["quality"] + raw["conversion"]))


def test_the_planned_look_is_of_the_sums_when_the_plan_was_reached() -> None:
    made = design(THUMB, need=100)
    then = whole(THUMB, {"a": of_rates(40, 100), "b": of_rates(50, 100)})
    later = whole(THUMB, {"a": of_rates(90, 300), "b": of_rates(250, 300)})

    found = read(made, later, running=DAYS, at_plan=then)
    before = read(made, later, running=DAYS)

    (kept,) = found.metrics[0].against_control
    assert replace(kept.planned, p_adjusted=None) == at_planned(made, THUMB, then, is_reached=True)["b"]
    assert kept.now.diff == pytest.approx(160 / 300)
    assert not before.metrics[0].against_control[0].planned.reached
    assert found.progress.reached


def test_a_test_that_nothing_ends_is_warned_of() -> None:
    found = seen(design(THUMB, auto_stop=False), {})

    assert "Nothing ends this test by itself" in found.warnings[0]
    assert seen(design(THUMB, auto_stop=False, max_days=3.0), {}).warnings == ()


def test_arms_that_nobody_came_to_are_read_as_empty() -> None:
    found = seen(design(THUMB, arms=3, secondary=(RATING,)), {"a": ArmSums(3, {"thumb": of_rates(1, 2)})})

    assert [arm.units for arm in found.metrics[0].arms] == [3, 0, 0]
    assert {one.word for one in found.verdicts} == {"keep running"}


def test_identical_arms_have_no_best() -> None:
    made = design(THUMB, same=True)
    found = seen(made, whole(THUMB, {"a": of_rates(100, 1_000), "b": of_rates(300, 1_000)}))

    assert found.best is None
    assert "false alarm" in found.recommendation


METRICS = (RATING, metric_of("number", name="revenue", low=-10, high=90, aggregate="sum", missing="zero"), CONVERSION)
FACTS = st.lists(
    st.tuples(st.integers(0, 11), st.sampled_from(["rating", "revenue", "conversion", "covariate"]), st.integers(0, 9)),
    min_size=5,
    max_size=60,
)


@given(FACTS, st.integers(0, 1_000))
def test_facts_in_another_order_change_no_figure(facts: list[tuple[int, str, int]], seed: int) -> None:
    shuffled = facts.copy()
    random.Random(seed).shuffle(shuffled)  # an order, not a secret
    made = design(RATING, secondary=METRICS[1:])

    there, back = _lived(made, facts), _lived(made, _first_covariates(facts, shuffled))

    assert there == back
    assert repr(seen(made, there)) == repr(seen(made, back))


def _first_covariates(facts: list[tuple[int, str, int]], shuffled: list[tuple[int, str, int]]) -> list[
    tuple[int, str, int]
]:  # fmt: skip
    """The same facts in another order, but what a unit did before is the same: it is looked up once."""
    first: dict[int, int] = {}
    for unit, name, worth in facts:
        if name == "covariate":
            first.setdefault(unit, worth)
    return [(unit, name, first[unit] if name == "covariate" else worth) for unit, name, worth in shuffled]


def _lived(made: Design, facts: list[tuple[int, str, int]]) -> dict[str, ArmSums]:
    """Sums as the store keeps them, fact by fact; even units are in arm a."""
    metrics = {metric.name: metric for metric in made.metrics}
    values: dict[tuple[int, str], Value] = {}
    covariates: dict[int, int] = {}
    sums: dict[tuple[str, str], Counter[str]] = {}
    for unit, name, worth in facts:
        arm = "ab"[unit % 2]
        if name == "covariate":
            if unit not in covariates:
                covariates[unit] = worth * UNIT // 9
                value = values.get((unit, made.metric.name), Value())
                counted = made.metric.value(count=value.count, total=value.total)
                if counted is not None:
                    sums.setdefault((arm, made.metric.name), Counter()).update(of_covariate(covariates[unit], counted))
            continue
        before = values.get((unit, name), Value())
        after = Value(before.count + 1, before.total + worth * UNIT // 9)
        values[unit, name] = after
        covariate = covariates.get(unit) if name == made.metric.name else None
        sums.setdefault((arm, name), Counter()).update(change_of(metrics[name], before, after, covariate=covariate))
    return {
        arm: ArmSums(6, {name: _sums(counts) for (of, name), counts in sorted(sums.items()) if of == arm})
        for arm in "ab"
    }


def _sums(counts: Counter[str]) -> Sums:
    cells = [counts[f"cell_{at}"] for at in range(5)]
    return Sums(
        n=counts["n"],
        total=counts["sum"],
        squares=joined(counts["sum_sq"], counts["sum_sq_rest"]),
        cells=(cells[0], cells[1], cells[2], cells[3], cells[4]),
        before=Before(
            n=counts["before_n"],
            x=counts["before_x"],
            xx=joined(counts["before_xx"], counts["before_xx_rest"]),
            xy=joined(counts["before_xy"], counts["before_xy_rest"]),
            y=counts["before_y"],
        ),
    )

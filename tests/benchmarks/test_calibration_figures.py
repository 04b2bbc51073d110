"""What calibration counts is right on traces made by hand, where one sees the answer."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.calibration.figures import figures
from benchmarks.calibration.scenarios import Common, Decay, Fall, Scenario
from benchmarks.calibration.world import Trace

TWO = Scenario("two", "gap", "rating", (3.0, 4.0), sessions=10, ticks=2, floor=2.0)


def trace(sessions: list[list[list[int]]], **changes: object) -> Trace:
    """T×R×K sessions in which nothing was decided and no flow escaped, unless the changes say so."""
    counts = np.array(sessions)
    runs, flows = counts.shape[1:]
    quiet = Trace(
        sessions=counts,
        named_at=np.full(runs, -1),
        named=np.full(runs, -1),
        better=np.zeros(runs, dtype=np.bool_),
        escaped_at=np.full((runs, flows), -1),
        shares=np.full((runs, flows), 1 / flows),
    )
    return replace(quiet, **changes)  # type: ignore[arg-type]  # the keywords are Trace's own fields


def claimed(flows: list[int], *, at: list[int], better: bool) -> Trace:
    """One run for each named flow; -1 names none."""
    even = [[[5, 5]] * len(flows)] * 2
    return trace(even, named=np.array(flows), named_at=np.array(at), better=np.full(len(flows), better))


def test_a_winner_that_is_not_the_best_is_a_false_claim() -> None:
    found = figures(TWO, claimed([0, 1, -1, 1], at=[0, 1, -1, 0], better=True))

    assert (found.runs, found.decided, found.false_superior, found.worse) == (4, 3, 1, 1)


def test_a_pick_within_epsilon_claims_no_superiority() -> None:
    near = replace(TWO, means=(3.95, 4.0))

    assert figures(near, claimed([0], at=[0], better=False)).false_superior == 0
    assert figures(near, claimed([0], at=[0], better=False)).worse == 0
    assert figures(near, claimed([0], at=[0], better=True)).false_superior == 1
    assert figures(TWO, claimed([0], at=[0], better=False)).worse == 1


def test_every_winner_among_same_flows_is_false_and_no_pick_is_worse() -> None:
    same = replace(TWO, group="same", means=(3.5, 3.5), common=Common(rise=0.5))

    winner = figures(same, claimed([0, 1, -1], at=[1, 0, -1], better=True))
    equal = figures(same, claimed([0], at=[1], better=False))

    assert (winner.false_superior, winner.worse, winner.regret, winner.worst_share) == (2, 0, 0.0, 0.0)
    assert equal.false_superior == 0


def test_a_claim_is_judged_by_the_means_of_its_own_moment() -> None:
    turning = replace(TWO, means=(3.5, 4.0), decay=Decay(1, 0, 1, 1.0))

    found = figures(turning, claimed([1, 1], at=[0, 1], better=True))

    assert (found.false_superior, found.worse) == (1, 1)


def test_regret_counts_points_lost_per_ten_thousand_sessions() -> None:
    found = figures(TWO, trace([[[10, 0], [0, 10]], [[4, 6], [0, 10]]]))

    # 14 of the 20 sessions of the first run lost a point each, none of the second: 7 of 20 on average.
    assert found.regret == pytest.approx(3500)
    assert found.worst_share == pytest.approx(14 / 40)


def test_half_of_the_runs_had_decided_after_the_median() -> None:
    in_time = figures(TWO, claimed([1, 1, -1], at=[0, 1, -1], better=True))
    never = figures(TWO, claimed([1, -1, -1], at=[0, -1, -1], better=True))

    assert in_time.sessions_to_decide == 20
    assert never.sessions_to_decide == float("inf")


def test_only_the_escape_of_a_flow_that_is_well_is_false() -> None:
    falling = replace(TWO, means=(3.0, 4.0), fall=Fall(1, 1, 1.5))
    escaped_at = np.array([[-1, 0], [-1, 1], [0, 1], [-1, -1]])

    found = figures(falling, trace([[[5, 5]] * 4] * 2, escaped_at=escaped_at))

    assert found.false_escapes == 2


def test_a_fallen_flow_is_charged_from_the_tick_of_its_fall_on() -> None:
    falling = replace(TWO, ticks=3, fall=Fall(1, 1, 1.5))

    found = figures(falling, trace([[[1, 9], [2, 8]], [[3, 7], [6, 4]], [[10, 0], [9, 1]]]))

    assert found.fallen_sessions == pytest.approx((7 + 0 + 4 + 1) / 2)
    assert figures(TWO, trace([[[5, 5]], [[5, 5]]])).fallen_sessions is None


def test_the_largest_share_at_the_end_is_held_against_the_last_means() -> None:
    decayed = replace(TWO, means=(3.5, 4.0), decay=Decay(1, 0, 1, 1.0))

    found = figures(decayed, trace([[[5, 5]] * 3] * 2, shares=np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])))

    assert found.on_best == 2

"""The rules that ours is compared with do what their descriptions say."""

import numpy as np
import pytest

from benchmarks.calibration.goals import OURS, RULES
from benchmarks.calibration.greedy import Greedy, adapted
from benchmarks.calibration.runs import Chunk, simulated
from benchmarks.calibration.scenarios import SCENARIOS, Common, Fall, Scenario
from benchmarks.calibration.track_and_stop import proportions
from benchmarks.calibration.world import Told, chances, delays

CLEAR = Scenario("clear", "gap", "binary", (0.4, 0.8), ticks=40, floor=0.1)


def test_greedy_moves_its_step_to_the_best_mean_and_takes_more_from_the_worse() -> None:
    after = adapted([40.0, 30.0, 30.0], [4.0, 3.0, 2.0])

    # Σ of the others' means is 5, so they pay 10·(5−3)/(5·1) and 10·(5−2)/(5·1).
    assert after == pytest.approx([50.0, 26.0, 24.0])


def test_greedy_takes_the_whole_step_from_one_other_flow_and_ends_at_a_hundred() -> None:
    assert adapted([50.0, 50.0], [3.0, 4.0]) == pytest.approx([40.0, 60.0])
    assert adapted([5.0, 95.0], [3.0, 4.0]) == pytest.approx([0.0, 100.0])


def test_greedy_splits_the_step_between_ties_and_rests_when_all_tie() -> None:
    assert adapted([20.0, 40.0, 40.0], [4.0, 4.0, 3.0]) == pytest.approx([25.0, 45.0, 30.0])
    assert adapted([20.0, 80.0], [4.0, 4.0]) == pytest.approx([20.0, 80.0])


def test_greedy_keeps_a_running_mean_that_is_rounded_at_each_feedback() -> None:
    scenario = Scenario("one feedback at a time", "gap", "rating", (3.5, 3.5))
    rule = Greedy(scenario, runs=1, rng=np.random.default_rng(1))
    for tick, score in enumerate([4, 5, 5, 4, 5, 5, 4]):
        arrived = np.zeros((1, 1, 2, 5), dtype=np.int64)
        arrived[0, 0, 1, score - 1] = 1
        rule.step(Told(tick, np.zeros((1, 2), dtype=np.int64), arrived))

    # 4, 4.5, 4.67, 4.5025 → 4.50, 4.6, 4.6667 → 4.67, 4.5743 → 4.57
    assert rule.mean[0].tolist() == pytest.approx([0.0, 4.57])
    assert rule.count[0].tolist() == [0, 7]


def test_two_equal_flows_are_tracked_evenly_and_more_noise_earns_more_traffic() -> None:
    lead = np.array([0, 0])
    gap = np.array([[0.0, 1.0], [0.0, 1.0]])

    shares = proportions(gap, np.array([[1.0, 1.0], [1.0, 4.0]]), lead=lead)

    # Of two flows each deserves traffic in proportion to its standard deviation.
    assert shares == pytest.approx(np.array([[0.5, 0.5], [1 / 3, 2 / 3]]))


def test_tracked_shares_make_all_rivals_equally_hard_to_tell_apart() -> None:
    gap = np.array([[0.3, 0.0, 0.5, 0.2]])
    variance = np.array([[1.0, 1.5, 0.8, 1.2]])

    shares = proportions(gap, variance, lead=np.array([1]))[0]

    hardness = [gap[0, i] ** 2 / (variance[0, 1] / shares[1] + variance[0, i] / shares[i]) for i in (0, 2, 3)]
    assert hardness == pytest.approx([hardness[0]] * 3)
    nudged = shares * np.array([1.0, 1.02, 1.0, 1.0]) / (shares * np.array([1.0, 1.02, 1.0, 1.0])).sum()
    again = [gap[0, i] ** 2 / (variance[0, 1] / nudged[1] + variance[0, i] / nudged[i]) for i in (0, 2, 3)]
    assert min(again) < hardness[0]


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_finds_a_clearly_better_flow(rule: str) -> None:
    trace = simulated(Chunk(CLEAR, rule, 0, 3, seed=1))

    assert trace.named.tolist() == [1, 1, 1]
    assert (trace.shares.argmax(axis=1) == 1).all()


def test_ours_sends_a_fallen_flow_away_and_names_no_winner_among_same_flows() -> None:
    bad = Scenario("fall", "fall", "binary", (0.6, 0.7), ticks=20, floor=0.4, fall=Fall(1, 5, 0.1))
    same = Scenario("same", "same", "binary", (0.5, 0.5), ticks=30)

    fallen, quiet = simulated(Chunk(bad, OURS, 0, 2, seed=3)), simulated(Chunk(same, OURS, 0, 2, seed=3))

    assert (fallen.escaped_at[:, 1] >= 5).all()
    assert (fallen.shares[:, 1] == 0).all()
    assert not quiet.better.any()


def test_scores_have_the_means_of_the_table() -> None:
    for scenario in SCENARIOS:
        likely = chances(scenario)

        assert likely.min() >= 0
        assert likely @ scenario.levels == pytest.approx(scenario.true_means())


def test_a_mean_that_no_mixture_has_is_refused() -> None:
    with pytest.raises(ValueError, match="means lie from"):
        chances(Scenario("too good", "gap", "rating", (3.5, 4.2), common=Common(rise=1.0)))


def test_feedback_is_as_late_as_the_table_says() -> None:
    late = delays(Scenario("late", "feedback", "rating", (3.5, 3.6), delay=5))

    assert late.sum() == pytest.approx(1)
    assert len(late) == 21
    assert 4 < late @ np.arange(21) < 5


def test_names_of_scenarios_are_told_apart() -> None:
    names = [scenario.name for scenario in SCENARIOS]

    assert len(set(names)) == len(names)

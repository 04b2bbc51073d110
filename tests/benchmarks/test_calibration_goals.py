"""Goals are read over scenarios and judged by the figure itself."""

from dataclasses import replace

import pytest

from benchmarks.calibration.figures import Figures
from benchmarks.calibration.goals import GREEDY, OURS, RULES, TRACKING, Goal, Played, geometric_sessions
from benchmarks.calibration.judged import judged, shown
from benchmarks.calibration.scenarios import Fall, Scenario

GAP = Scenario("gap", "gap", "rating", (3.4, 3.9))
LATE = Scenario("late", "feedback", "rating", (3.4, 3.9), delay=3)
SAME = Scenario("same", "same", "rating", (3.5, 3.5))
FALL = Scenario("fall", "fall", "rating", (3.4, 3.9), fall=Fall(1, 150, 2.2))
WELL = Figures(
    runs=100,
    false_superior=0,
    worse=0,
    decided=100,
    sessions_to_decide=1000.0,
    regret=100.0,
    worst_share=0.04,
    false_escapes=0,
    fallen_sessions=None,
    on_best=100,
)


def played(ours: dict[Scenario, Figures], rivals: Figures) -> Played:
    """These figures of ours, and everywhere the same of each rival."""
    table = {(scenario.name, rule): rivals for scenario in ours for rule in RULES}
    table |= {(scenario.name, OURS): found for scenario, found in ours.items()}
    return Played(tuple(ours), table)


def marks(found: Played) -> dict[str, str]:
    """The mark of each goal by its name."""
    return {row.goal.name: row.mark for row in judged(found)}


def test_rates_are_averaged_and_the_worst_scenario_is_told_apart() -> None:
    found = played({GAP: replace(WELL, false_superior=4), LATE: WELL, SAME: replace(WELL, false_superior=5)}, WELL)
    readings = {row.goal.name: row.readings[OURS] for row in judged(found)}

    mean, worst = readings["false superiority claims, mean"], readings["false superiority claims, worst scenario"]
    same = readings["winner among same flows, worst scenario"]

    assert mean is not None
    assert mean.value == pytest.approx(4 / 200)
    assert mean.interval is not None
    assert mean.interval[0] < 0.02 < mean.interval[1]
    assert worst is not None
    assert worst.value == pytest.approx(0.04)
    assert same is not None
    assert same.value == pytest.approx(0.05)
    assert shown(same, "percent") == "5.0 % (2.2–11.2)"


def test_a_goal_is_missed_met_or_met_with_room_to_spare() -> None:
    name = "winner among same flows, worst scenario"

    assert marks(played({SAME: replace(WELL, false_superior=6)}, WELL))[name] == "missed"
    assert marks(played({SAME: replace(WELL, false_superior=5)}, WELL))[name] == "met"
    assert marks(played({SAME: replace(WELL, false_superior=3)}, WELL))[name] == "stretch"
    assert marks(played({GAP: WELL}, WELL))[name] == "–"


def test_time_and_regret_are_held_against_the_rivals() -> None:
    rivals = replace(WELL, sessions_to_decide=2000.0, regret=400.0)
    ours = {GAP: WELL, LATE: replace(WELL, sessions_to_decide=4000.0)}
    rows = {row.goal.name: row for row in judged(played(ours, rivals))}

    time = rows["sessions to decide, of track-and-stop's"].readings
    regret = rows["regret, of the greedy rule's"].readings

    assert geometric_sessions(played(ours, rivals), OURS) == pytest.approx(2000)
    assert time[OURS] is not None
    assert time[OURS].value == pytest.approx(1.0)
    assert time[TRACKING] is not None
    assert time[TRACKING].value == pytest.approx(1.0)
    assert regret[OURS] is not None
    assert regret[OURS].value == pytest.approx(0.25)
    assert regret[GREEDY] is not None
    assert rows["regret, of the greedy rule's"].mark == "stretch"


def test_a_scenario_without_decision_takes_the_whole_run() -> None:
    undecided = played({GAP: replace(WELL, sessions_to_decide=float("inf"))}, WELL)

    assert geometric_sessions(undecided, OURS) == pytest.approx(GAP.sessions * GAP.ticks)


def test_the_fallen_flow_that_served_most_counts() -> None:
    found = played({FALL: replace(WELL, fallen_sessions=701.0), GAP: WELL}, WELL)

    assert marks(found)["sessions served by a fallen flow, worst scenario"] == "missed"


def test_bounds_from_below_are_kept_from_above() -> None:
    goal = Goal("decided", 0.99, 1.0, lambda _, __: None, at_least=True)

    assert goal.meets(0.99, goal.goal)
    assert not goal.meets(0.98, goal.goal)

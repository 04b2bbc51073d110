"""A forecast shrinks with the gap and with what is known, is right to within a few times, or says why it is none."""

import statistics
from collections.abc import Sequence
from dataclasses import replace

import pytest

from app.domain.allocation import Plan, State, initial
from app.domain.allocator import advance
from app.domain.epochs import absorb, alive, seen
from app.domain.forecast import Forecast, expected_losses, forecast
from app.domain.verdict import evaluate
from tests.domain.allocating import observed, plan, played


def told(of: Plan, cells: Sequence[Sequence[int]], **state: object) -> Forecast:
    """The forecast after one epoch with these cells, each feedback with three sessions."""
    began = replace(initial(of), **state)  # type: ignore[arg-type]  # the keywords are State's own fields
    after, _ = absorb(of, began, observed(of, began, cells))
    return forecast(of, after, evaluate(of, seen(of, after)))


def needed(of: Plan, cells: Sequence[Sequence[int]]) -> int:
    """The sessions that it tells."""
    found = told(of, cells)
    assert found.sessions is not None
    return found.sessions


def test_a_larger_gap_needs_fewer_sessions() -> None:
    gaps = [[[50, 50], [50 - gap, 50 + gap]] for gap in (4, 7, 10, 14)]
    sessions = [needed(plan(2, epsilon=0.0), cells) for cells in gaps]

    assert sessions == sorted(sessions, reverse=True)
    assert sessions[-1] < sessions[0] / 2


def test_more_of_the_same_needs_fewer_sessions() -> None:
    sessions = [needed(plan(2, epsilon=0.0), [[50 * n, 50 * n], [44 * n, 56 * n]]) for n in (1, 2, 3)]

    assert sessions == sorted(sessions, reverse=True)


def test_a_wider_margin_of_indifference_is_never_later() -> None:
    cells = [[50, 50], [49, 51]]
    sessions = [needed(plan(2, epsilon=epsilon), cells) for epsilon in (0.04, 0.08, 0.16)]

    assert sessions == sorted(sessions, reverse=True)
    assert "more sessions until it is decided" in told(plan(2, epsilon=0.16), cells).sentence


def test_exact_certification_is_not_sooner() -> None:
    cells = [[50, 50], [38, 62]]

    assert needed(plan(2, certification="both"), cells) >= needed(plan(2), cells)


def test_certainty_costs_more_than_a_guess() -> None:
    cells = [[50, 50], [38, 62]]

    assert needed(plan(2, stop="guess"), cells) < needed(plan(2, epsilon=0.0), cells)


def test_flows_too_close_to_tell_apart_have_no_forecast() -> None:
    found = told(plan(2, epsilon=0.0), [[50, 50], [50, 50]])

    assert found.sessions is None
    assert "too close" in found.sentence


@pytest.mark.parametrize(
    ("budget", "sessions"), [({"max_sessions": 1000}, 400), ({"max_feedback": 250}, 150), ({"max_ticks": 3}, 1200)]
)
def test_a_budget_ends_it_sooner(budget: dict[str, int], sessions: int) -> None:
    found = told(plan(2, epsilon=0.0, **budget), [[50, 50], [49, 51]])

    assert found.sessions == sessions
    assert f"The budget is spent after about {sessions} more" in found.sentence


def test_a_budget_of_sessions_is_told_before_the_first() -> None:
    assert told(plan(2, max_sessions=1000), [[0, 0], [0, 0]]).sessions == 1000


def test_a_budget_wide_enough_changes_nothing() -> None:
    cells = [[50, 50], [35, 65]]

    assert told(plan(2, max_sessions=100_000), cells) == told(plan(2), cells)


@pytest.mark.parametrize(
    ("of", "state", "words"),
    [
        (plan(2), {"phase": "completed"}, "decided"),
        (plan(2), {"phase": "escaped"}, "escaped"),
        (plan(2, stop="never"), {}, "until it is stopped"),
        (plan(1), {}, "One flow"),
        (plan(3), {}, "no feedback for c"),
    ],
)
def test_what_cannot_be_told_says_why(of: Plan, state: dict[str, object], words: str) -> None:
    found = told(of, [[50, 50], [38, 62], [0, 0]][: len(of.flows)], **state)

    assert found.sessions is None
    assert words in found.sentence


def test_few_feedback_wait_for_the_least_that_may_certify() -> None:
    early = needed(plan(2, epsilon=0.0), [[5, 0], [0, 5]])

    assert early >= 3 * 10 * (15 / 5 - 1)


def test_its_order_of_magnitude_holds() -> None:
    """Half-way to the decision the forecast is within four times the sessions that it then took, in the median."""
    of, ratios = plan(2, epsilon=0.0), []
    for seed in range(9):
        steps = played(of, lambda tick: (0.4, 0.6), ticks=150, seed=seed)
        end = next(place for place, (_, _, decision) in enumerate(steps) if decision.outcome is not None)
        half = steps[end // 2][2].state
        found = forecast(of, half, evaluate(of, seen(of, half)))
        took = sum(steps[end][2].state.sessions) - sum(half.sessions)
        assert found.sessions is not None
        ratios.append(found.sessions / took)

    assert 1 / 4 <= statistics.median(ratios) <= 4


def losses(cells: Sequence[Sequence[int]]) -> tuple[float, ...]:
    """Expected losses after one epoch."""
    of = plan(len(cells))
    state: State = advance(of, initial(of), observed(of, initial(of), cells)).state
    return expected_losses(of, seen(of, state), alive(of, state))


def test_keeping_the_worse_flow_is_expected_to_cost_the_gap() -> None:
    worse, better = losses([[500, 500], [450, 550]])

    assert worse == pytest.approx(0.05, abs=0.02)
    assert 0 <= better < 0.005


def test_not_knowing_costs_the_same_for_all() -> None:
    assert losses([[0, 0], [0, 0]])[0] == pytest.approx(losses([[0, 0], [0, 0]])[1], rel=0.2)

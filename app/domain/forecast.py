"""A forecast says how much more of the same evidence would decide, and what it would cost to decide without it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np

from app.domain.allocation import Plan, State
from app.domain.allocator import GUESS
from app.domain.epochs import Seen, alive
from app.domain.evidence import Evidence
from app.domain.fixed_effects import Array, Effects
from app.domain.shares import normal_draws, p_best, posterior
from app.domain.verdict import Evaluation, bar, evidence_for

FARTHEST: Final = 1_000.0
_HALVINGS: Final = 30


@dataclass(frozen=True, slots=True)
class Forecast:
    """`sessions` more, about, until the experiment is decided or its budget spent; None when none can be told."""

    sessions: int | None
    sentence: str


def forecast(plan: Plan, state: State, look: Evaluation) -> Forecast:
    """About how many more sessions it takes, if flows differ as they seem to and answers keep coming as they do.

    It asks at which multiple r of today's information (weights and variances r-fold, effects at their posterior mean)
    the e-values reach their bar: the leader against each living flow, or within epsilon of it, whichever is sooner.
    """
    living = alive(plan, state)
    sessions = sum(state.sessions) - state.round_sessions
    left = _budget_left(plan, state, look.seen.evidence, sessions=sessions)
    if state.phase == "escaped":
        return Forecast(None, "A flow has escaped and traffic was rolled back: nothing is compared any more.")
    if state.phase == "completed":
        return Forecast(None, "It has been decided.")
    if plan.stop == "never":
        return Forecast(None, "It goes on until it is stopped: nothing is to be certified.")
    if len(living) < 2:
        return Forecast(None, "One flow is left: there is nothing to compare.")
    silent = [plan.flows[i] for i in living if look.seen.evidence[i].n <= 0]
    if silent or sessions <= 0:
        return _within(left, None, f"There is no feedback for {', '.join(silent) or 'any flow'} yet.")
    times = _times(plan, look, living)
    if times is None:
        return _within(left, None, f"The flows seem too close to tell apart in {FARTHEST:g} times the sessions so far.")
    return _within(left, math.ceil(sessions * (times - 1.0)), "")


def expected_losses(plan: Plan, seen: Seen, living: Sequence[int]) -> tuple[float, ...]:
    """E[max θ − θ_i] over the living, for each of them: the reward given up per session if it were kept, on average.

    By the fixed draws of the posterior, in units of the scale.
    """
    mean, covariance = posterior(seen.comparisons, tau=plan.tau * plan.scale.span)
    rows = list(living)
    draws = mean[rows] + normal_draws(len(rows)) @ np.linalg.cholesky(covariance[np.ix_(rows, rows)]).T
    losses: Array = (draws.max(axis=1, keepdims=True) - draws).mean(axis=0)
    return tuple(losses.tolist())


def _times(plan: Plan, look: Evaluation, living: Sequence[int]) -> float | None:
    """The multiple r of today's information that decides; None beyond `FARTHEST`."""
    mean, _ = posterior(look.seen.comparisons, tau=plan.tau * plan.scale.span)
    leader = max(living, key=lambda i: float(mean[i]))
    rivals = [i for i in living if i != leader]

    def certified(times: float, *, margin: float) -> bool:
        found = Effects(theta=mean, weight=times * look.effects.weight, variance=times * look.effects.variance)
        log_e = evidence_for(plan, _grown(look.seen, times), found, margin=margin)
        return bool((log_e[leader, rivals] >= bar(plan)).all())

    def guessed(times: float) -> bool:
        seen = replace(look.seen.comparisons, information=times * look.seen.comparisons.information)
        _, covariance = posterior(seen, tau=plan.tau * plan.scale.span)
        rows = list(living)
        return bool(p_best(mean[rows], covariance[np.ix_(rows, rows)]).max() >= GUESS)

    ways: list[Callable[[float], bool]] = [partial(certified, margin=0.0)]
    if plan.epsilon > 0:
        ways.append(partial(certified, margin=plan.epsilon))
    if plan.stop == "guess":
        ways = [guessed]
    least = max(1.0, *(plan.certify_after / look.seen.evidence[i].n for i in living))
    reached = [times for decided in ways if (times := _crossing(decided, least=least)) is not None]
    return min(reached, default=None)


def _crossing(decided: Callable[[float], bool], *, least: float) -> float | None:
    """The least r from `least` to `FARTHEST` that decides: the log e-value of a gap dips at most before it rises."""
    if least > FARTHEST or not decided(FARTHEST):
        return None
    if decided(least):
        return least
    low, high = math.log(least), math.log(FARTHEST)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if decided(math.exp(middle)) else (middle, high)
    return math.exp(high)


def _grown(seen: Seen, times: float) -> Seen:
    """The same histograms, r-fold, for the exact wealths of `certification: both`."""
    return replace(seen, evidence=tuple(_multiplied(one, times) for one in seen.evidence))


def _multiplied(one: Evidence, times: float) -> Evidence:
    cells = tuple(round(cell * times) for cell in one.cells)
    n = sum(cells) if cells else round(one.n * times)
    return replace(one, n=n, total=round(one.total * times), squares=round(one.squares * times), cells=cells)


def _budget_left(plan: Plan, state: State, seen: Sequence[Evidence], *, sessions: int) -> int | None:
    """Sessions until a budget is spent; one of feedback or ticks at the rate that they have had so far."""
    left = []
    ticks, feedback = state.tick - state.round_tick, sum(one.n for one in seen)
    for most, used in ((plan.max_sessions, sessions), (plan.max_feedback, feedback), (plan.max_ticks, ticks)):
        if most is not None and used > 0:
            left.append(math.ceil(max(most - used, 0) * sessions / used))
    if not left and plan.max_sessions is not None:
        left.append(plan.max_sessions)
    return min(left, default=None)


def _within(left: int | None, needed: int | None, why_not: str) -> Forecast:
    if needed is not None and (left is None or needed <= left):
        return Forecast(needed, f"About {needed} more sessions until it is decided, if flows differ as they seem to.")
    if left is None:
        return Forecast(None, why_not)
    undecided = why_not or f"About {needed} more sessions would decide it."
    return Forecast(left, f"{undecided} The budget is spent after about {left} more, and then a flow is kept.")

"""One step of a progressive experiment is a pure function of its plan, its last state and the evidence."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from app.domain.allocation import Decision, Observation, Plan, Removal, State
from app.domain.epochs import absorb, alive, is_due, reopened, seen, standing, turned
from app.domain.errors import Invalid
from app.domain.escape import log_alarm, watched
from app.domain.evidence import Evidence
from app.domain.fixed_effects import Array
from app.domain.shares import floored, lean, moved, p_best, posterior, redistributed
from app.domain.verdict import Evaluation, conclude, drop, evaluate, kept
from app.domain.warmup import ramp
from app.domain.weights import TOTAL, apportion

HOLD: Final = math.log(10.0)
RAMP_STEP: Final = 100


@dataclass(frozen=True, slots=True)
class _Step:
    """What has been settled so far within one step. `forced`: weights must change now, the epoch's length apart."""

    state: State
    reasons: tuple[str, ...] = ()
    forced: bool = False
    smallest_epsilon: float | None = None

    def told(self, state: State, reason: str) -> "_Step":
        return replace(self, state=state, reasons=(*self.reasons, reason), forced=True)


def advance(plan: Plan, state: State, observation: Observation) -> Decision:
    """The next weights and everything that explains them.

    Deterministic: the same three inputs give the same answer bit for bit, and a second step with the same totals finds
    nothing new. Weights move by at most `max_step_pct` points in an epoch, except that a flow that escaped or was
    dropped gets 0 and a decided experiment gives all to its flow at once.
    """
    state, arrived = absorb(plan, state, observation)
    step = _guard(plan, _Step(state), arrived)
    look = evaluate(plan, seen(plan, step.state))
    if step.state.phase in ("warmup", "adaptive"):
        step = _judge(plan, step, look)
    if step.state.phase == "warmup":
        step = _warm(plan, step, look)
    elif step.state.phase == "adaptive":
        step = _share(plan, step, look)
    return _decision(plan, step, look)


def with_weights(plan: Plan, state: State, weights: Sequence[int]) -> State:
    """The state after a person set the weights; the next step goes on from them. Raises Invalid unless they sum up."""
    if len(weights) != len(plan.flows) or sum(weights) != TOTAL or min(weights) < 0:
        raise Invalid(f"one weight per flow with sum {TOTAL} is expected", field="weights")
    return turned(plan, state, tuple(weights))


def _guard(plan: Plan, step: _Step, arrived: Sequence[Evidence]) -> _Step:
    """Feeds the e-CUSUMs and lets flows escape, in every phase; re-opens a finished experiment whose winner fell."""
    logs = tuple(
        watched(plan.scale, known, arrived=new, floor=plan.escape[flow].lower_score) if flow in plan.escape else known
        for flow, known, new in zip(plan.flows, step.state.cusum, arrived, strict=True)
    )
    step = replace(step, state=replace(step.state, cusum=logs))
    fallen = _fallen(plan, step.state)
    if fallen:
        step = _escape(plan, step, fallen)
    watch, winner = step.state.watch, step.state.winner
    if watch is None or winner is None:
        return step
    log_m = watched(plan.scale, watch.log_m, arrived=arrived[plan.flows.index(winner)], floor=watch.floor)
    state = replace(step.state, watch=replace(watch, log_m=log_m))
    if log_alarm(log_m) < math.log(plan.alarm) or len(standing(plan, state)) < 2:
        return replace(step, state=state)
    return step.told(reopened(plan, state), f"{winner} fell under the mean it won with: the experiment is open again")


def _fallen(plan: Plan, state: State) -> list[int]:
    """Flows that must leave now, the surest first; the last one standing never leaves."""
    here = standing(plan, state)
    alarmed = [
        i
        for i in here
        if plan.flows[i] in plan.escape
        and state.received[i] >= plan.escape[plan.flows[i]].min_feedback
        and log_alarm(state.cusum[i]) >= math.log(plan.alarm)
    ]
    surest = sorted(alarmed, key=lambda i: (-log_alarm(state.cusum[i]), i))
    return surest[: len(here) - 1]


def _escape(plan: Plan, step: _Step, fallen: Sequence[int]) -> _Step:
    state = step.state
    names = [plan.flows[i] for i in fallen]
    reasons = [f"{name} escaped: its recent mean is under {plan.escape[name].lower_score:g}" for name in names]
    gone = [Removal(name, state.tick, why) for name, why in zip(names, reasons, strict=True)]
    carried = any(state.weights[i] > 0 for i in fallen)
    state = replace(state, escaped=(*state.escaped, *gone))
    here = standing(plan, state)
    reason = "; ".join(reasons)
    if state.phase == "completed" and not carried:
        return step.told(state, reason)
    if state.phase == "completed":
        state = reopened(plan, state)
    if plan.rollback is not None and state.phase != "escaped":
        state = replace(state, phase="escaped")
        return step.told(turned(plan, state, redistributed(plan.rollback, alive=here)), f"{reason}; rolled back")
    if state.phase == "escaped" or len(here) == 1:
        state = replace(state, phase="escaped", dropped=())
        return step.told(turned(plan, state, redistributed(state.weights, alive=here)), reason)
    # Others may have been dropped on the strength of the fallen flow: they are judged again, without it, in this step.
    state = replace(state, dropped=())
    return step.told(turned(plan, state, redistributed(state.weights, alive=here)), reason)


def _judge(plan: Plan, step: _Step, look: Evaluation) -> _Step:
    if plan.stop == "never" or len(plan.flows) == 1:
        return step
    before = len(step.state.dropped)
    state = drop(plan, step.state, look)
    for removal in state.dropped[before:]:
        step = step.told(state, f"{removal.flow} dropped: {removal.why}")
    ended, sentence, margin = conclude(plan, state, look)
    if ended.outcome is None:
        return replace(step, state=state)
    living = alive(plan, ended)
    keep = plan.flows.index(ended.winner) if ended.winner is not None else kept(plan, living, look)
    only = tuple(TOTAL if i == keep else 0 for i in range(len(plan.flows)))
    return replace(step.told(turned(plan, ended, only), sentence), smallest_epsilon=margin)


def _warm(plan: Plan, step: _Step, look: Evaluation) -> _Step:
    """One step on the ramp; it stands still while the baseline beats a newcomer with E ≥ 10."""
    state, warmup = step.state, plan.warmup
    if warmup is None:
        return replace(step, state=replace(state, phase="adaptive"))
    goal = plan.goal or apportion([1] * len(plan.flows))
    clock = state.tick if warmup.clock == "ticks" else sum(state.sessions)
    living = alive(plan, state)
    newcomers = [i for i in living if i != plan.base and goal[i] > plan.start[i]]
    held = plan.base in living and any(look.log_e[plan.base, i] >= HOLD for i in newcomers)
    gone = state.ramped if held else state.ramped + clock - state.reached
    state = replace(state, ramped=gone, reached=clock)
    target = redistributed(ramp(plan.start, goal, warmup=warmup, elapsed=gone), alive=living)
    arrived = gone >= warmup.length
    distance = sum(abs(a - b) for a, b in zip(target, state.weights, strict=True)) / 2
    if not (step.forced or arrived or is_due(plan, state) or distance >= RAMP_STEP):
        return replace(step, state=state)
    state = turned(plan, replace(state, phase="adaptive" if arrived else "warmup"), target)
    reason = "warmup is over" if arrived else f"warmup at {gone} of {warmup.length} {warmup.clock}"
    return step.told(state, f"{reason}, held while the baseline leads" if held else reason)


def _share(plan: Plan, step: _Step, look: Evaluation) -> _Step:
    """Moves the weights towards the posterior's shares, by at most the step, when the epoch may close."""
    state = step.state
    if not (step.forced or is_due(plan, state)):
        return step
    living = alive(plan, state)
    target, reason = _target(plan, living, look)
    current = redistributed(state.weights, alive=living)
    limit = math.floor(plan.max_step_pct * TOTAL / 100)
    after = moved(current, target, limit=limit)
    if after == state.weights:
        return replace(step, state=turned(plan, state, after))
    return step.told(turned(plan, state, after), reason)


def _target(plan: Plan, living: Sequence[int], look: Evaluation) -> tuple[tuple[int, ...], str]:
    few = [i for i in living if look.seen.evidence[i].n < plan.certify_after]
    if few:
        shares, reason = np.ones(len(living)), f"equal split until every flow has {plan.certify_after} feedback"
    else:
        mean, covariance, best = _beliefs(plan, living, look)
        # Traffic to the runner-up only buys a proof; where none is sought, shares are P(best) over the floor.
        beta = 1.0 if plan.stop == "never" else plan.beta
        leaning = lean(mean, covariance, best=best, margin=plan.epsilon, beta=beta)
        shares = floored(leaning, floor=plan.share_floor)
        top = living[int(best.argmax())]
        reason = f"{plan.flows[top]} is best with probability {float(best.max()):.2f}"
    weights = dict(zip(living, apportion(shares.tolist()), strict=True))
    return tuple(weights.get(i, 0) for i in range(len(plan.flows))), reason


def _beliefs(plan: Plan, living: Sequence[int], look: Evaluation) -> tuple[Array, Array, Array]:
    mean, covariance = posterior(look.seen.comparisons, tau=plan.tau * plan.scale.span)
    rows = list(living)
    mean, covariance = mean[rows], covariance[np.ix_(rows, rows)]
    return mean, covariance, p_best(mean, covariance)


def _decision(plan: Plan, step: _Step, look: Evaluation) -> Decision:
    state = step.state
    living = alive(plan, state)
    chances = dict(zip(living, _beliefs(plan, living, look)[2].tolist(), strict=True))
    return Decision(
        state=state,
        reason="; ".join(step.reasons) or "nothing changed: the evidence so far asks for no move",
        means=tuple(one.mean() for one in look.seen.evidence),
        p_best=tuple(float(chances.get(i, 0.0)) for i in range(len(plan.flows))),
        log_e=tuple(tuple(row) for row in look.log_e.tolist()),
        smallest_epsilon=step.smallest_epsilon,
    )

"""One step of a progressive experiment is a pure function of its plan, its last state and the evidence."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from app.domain.allocation import Decision, Observation, Plan, State
from app.domain.epochs import absorb, alive, is_due, seen, turned
from app.domain.evidence import UNIT
from app.domain.fixed_effects import Array, Comparisons, within_epochs
from app.domain.guarding import guard
from app.domain.progress import Progress
from app.domain.shares import floored, lean, moved, p_best, posterior, redistributed
from app.domain.verdict import Evaluation, conclude, decided_weights, drop, evaluate, kept, watch_over
from app.domain.warmup import ramp
from app.domain.weights import TOTAL, apportion

HOLD: Final = math.log(10.0)
RAMP_STEP: Final = 100
GUESS: Final = 0.99


def advance(plan: Plan, state: State, observation: Observation, *, paused: bool = False) -> Decision:
    """The next weights and everything that explains them; while `paused` flows only escape, and the ramp stands still.

    Deterministic: the same three inputs give the same answer bit for bit, and a second step with the same totals finds
    nothing new. Weights move by at most `max_step_pct` points in an epoch, except that a flow that escaped or was
    dropped gets 0 and a decided experiment gives all to its flow at once.
    """
    state, arrived = absorb(plan, state, observation)
    step = guard(plan, Progress(state), arrived)
    look = evaluate(plan, seen(plan, step.state))
    if paused:
        # A winner may fall now too: its new round begins with an epoch of the same weights.
        still = turned(plan, replace(step.state, reached=_clock(plan, step.state)), step.state.weights)
        return decision(plan, replace(step, state=still), look)
    if step.state.phase in ("warmup", "adaptive"):
        step = _judge(plan, step, look)
    if step.state.phase == "warmup":
        step = _warm(plan, step, look)
    elif step.state.phase == "adaptive":
        step = _share(plan, step, look)
    return decision(plan, step, look)


def _judge(plan: Plan, step: Progress, look: Evaluation) -> Progress:
    if plan.stop == "guess":
        return _guess(plan, step, look)
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
    return replace(
        step.told(turned(plan, ended, decided_weights(plan, ended, keep)), sentence), smallest_epsilon=margin
    )


def _guess(plan: Plan, step: Progress, look: Evaluation) -> Progress:
    """Where only reward is sought: all to a flow that is best with P ≥ .99, which certifies nothing.

    A warm start leans the shares alone: it names no guess either.
    """
    living = alive(plan, step.state)
    if len(living) < 2 or any(look.seen.evidence[i].n < plan.certify_after for i in living):
        return step
    chances = _believed(plan, living, look.seen.comparisons)[2]
    top = int(chances.argmax())
    if chances[top] < GUESS:
        return step
    winner = living[top]
    mean = look.seen.evidence[winner].mean()
    watch = watch_over(plan, step.state, winner, mean=plan.scale.low if mean is None else mean)
    ended = replace(step.state, phase="completed", outcome="guess", winner=plan.flows[winner], watch=watch)
    sentence = f"{plan.flows[winner]} is the best guess with P {float(chances[top]):.3f}, not certified"
    return step.told(turned(plan, ended, decided_weights(plan, ended, winner)), sentence)


def _warm(plan: Plan, step: Progress, look: Evaluation) -> Progress:
    """One step on the ramp; it stands still while the baseline beats a newcomer with E ≥ 10."""
    state, warmup = step.state, plan.warmup
    if warmup is None:
        return replace(step, state=replace(state, phase="adaptive"))
    goal = plan.goal or apportion([1] * len(plan.flows))
    clock = _clock(plan, state)
    living = alive(plan, state)
    newcomers = [i for i in living if i != plan.base and goal[i] > plan.start[i]]
    held = warmup.hold and plan.base in living and any(look.log_e[plan.base, i] >= HOLD for i in newcomers)
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


def _clock(plan: Plan, state: State) -> int:
    """Where the clock of the ramp stands: ticks or sessions since the start."""
    return sum(state.sessions) if plan.warmup is not None and plan.warmup.clock == "sessions" else state.tick


def _share(plan: Plan, step: Progress, look: Evaluation) -> Progress:
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
    told = [plan.warm_start[i].n for i in living] if plan.warm_start else [0] * len(living)
    few = [i for i, n in zip(living, told, strict=True) if look.seen.evidence[i].n + n < plan.certify_after]
    if few:
        shares, reason = np.ones(len(living)), f"equal split until every flow has {plan.certify_after} feedback"
    else:
        mean, covariance, best = _beliefs(plan, living, look)
        # Traffic to the runner-up only buys a proof; where none is sought, shares are P(best) over the floor.
        beta = plan.beta if plan.stop == "certified" else 1.0
        leaning = lean(mean, covariance, best=best, margin=plan.epsilon, beta=beta)
        shares = floored(leaning, floor=plan.share_floor)
        top = living[int(best.argmax())]
        reason = f"{plan.flows[top]} is best with probability {float(best.max()):.2f}"
    weights = dict(zip(living, apportion(shares.tolist()), strict=True))
    return tuple(weights.get(i, 0) for i in range(len(plan.flows))), reason


def _beliefs(plan: Plan, living: Sequence[int], look: Evaluation) -> tuple[Array, Array, Array]:
    return _believed(plan, living, _leant(plan, look.seen.comparisons))


def _believed(plan: Plan, living: Sequence[int], seen: Comparisons) -> tuple[Array, Array, Array]:
    mean, covariance = posterior(seen, tau=plan.tau * plan.scale.span)
    rows = list(living)
    mean, covariance = mean[rows], covariance[np.ix_(rows, rows)]
    return mean, covariance, p_best(mean, covariance)


def _leant(plan: Plan, seen: Comparisons) -> Comparisons:
    """What is seen, with the warm start as one more epoch: it leans the shares, and no e-value ever sees it."""
    if not plan.warm_start:
        return seen
    counts = np.asarray([[float(one.n) for one in plan.warm_start]])
    totals = np.asarray([[one.total / UNIT for one in plan.warm_start]])
    information, pull = within_epochs(counts, totals)
    return replace(seen, information=seen.information + information, pull=seen.pull + pull, n=seen.n + counts[0])


def decision(plan: Plan, step: Progress, look: Evaluation) -> Decision:
    """The answer of a step that is through."""
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

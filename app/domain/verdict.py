"""Flows are dropped and winners named only when their e-value reaches K/δ, counted over all K flows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.domain.allocation import Outcome, Plan, Removal, State, Watch
from app.domain.certification import exact_log_e_matrix, log_e_matrix, smallest_margin
from app.domain.epochs import Seen, alive, standing
from app.domain.evidence import empty
from app.domain.fixed_effects import Array, Effects, effects
from app.domain.weights import TOTAL

UNCERTAIN = "and nothing is certified yet at the promised error rate"
TELLING = 0.2  # of the scale's span: a wider margin than this says nothing about how close a flow is


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One look at the evidence: θ with weights, and ln E_ij(0) under the plan's certification."""

    seen: Seen
    effects: Effects
    log_e: Array


def evaluate(plan: Plan, seen: Seen) -> Evaluation:
    """The evidence of this moment."""
    found = effects(seen.comparisons)
    return Evaluation(seen, found, evidence_for(plan, seen, found, margin=0.0))


def evidence_for(plan: Plan, seen: Seen, found: Effects, *, margin: float) -> Array:
    """ln E_ij(margin): by fixed effects, or the lesser of that and the exact wealth when both must agree."""
    log_e = log_e_matrix(found, tau=plan.tau * plan.scale.span, margin=margin)
    if plan.certification == "fe":
        return log_e
    return np.minimum(log_e, exact_log_e_matrix(plan.scale, seen.evidence, margin=margin))


def bar(plan: Plan) -> float:
    """ln(K/δ)."""
    return math.log(len(plan.flows) / plan.delta)


def drop(plan: Plan, state: State, look: Evaluation) -> State:
    """Removes, the worst first, each flow j with Σ_i E_ij(0) ≥ K/δ over living i, both having enough feedback."""
    while True:
        ready = _ready(plan, look, alive(plan, state))
        if len(ready) < 2:
            return state
        against = {j: [i for i in ready if i != j] for j in ready}
        sums = {j: float(np.logaddexp.reduce(look.log_e[rivals, j])) for j, rivals in against.items()}
        worst = max(sums, key=sums.__getitem__)
        if sums[worst] < bar(plan):
            return state
        best = max(against[worst], key=lambda i: float(look.log_e[i, worst]))
        why = f"beaten, most clearly by {plan.flows[best]}: ln E {sums[worst]:.2f} of {bar(plan):.2f} needed"
        state = replace(state, dropped=(*state.dropped, Removal(plan.flows[worst], state.tick, why)))


def conclude(plan: Plan, state: State, look: Evaluation) -> tuple[State, str, float | None]:
    """The state with its outcome if there is one now, a sentence on it, and the smallest epsilon when inconclusive.

    Weights are left to the caller: all to the kept flow, which is the winner or else the first that `kept` names.
    """
    living = alive(plan, state)
    if len(living) == 1 and state.dropped:
        name = plan.flows[living[0]]
        return _ended(plan, state, look, "winner", living[0]), f"{name} won: every other flow is proven worse", None
    equal = _equivalent(plan, look, living)
    if equal is not None:
        sentence = f"{plan.flows[equal]} is proven to be the best, or within {plan.epsilon:g} of it"
        return _ended(plan, state, look, "equivalent", equal), sentence, None
    if not _spent(plan, state, look):
        return state, "", None
    keep = kept(plan, living, look)
    rivals = [j for j in living if j != keep]
    margin = smallest_margin(
        lambda m: evidence_for(plan, look.seen, look.effects, margin=m),
        keep,
        rivals=rivals,
        bar=bar(plan),
        span=plan.scale.span,
    )
    near = margin is not None and margin <= TELLING * plan.scale.span
    within = f", at most {margin:.2g} under the best" if near else ""
    sentence = f"the budget is spent, {UNCERTAIN}; {plan.flows[keep]} is kept{within}"
    return replace(state, phase="completed", outcome="inconclusive"), sentence, margin


def kept(plan: Plan, living: Sequence[int], look: Evaluation) -> int:
    """The flow that gets the traffic without a winner: the baseline while it lives, else the best mean."""
    return plan.base if plan.base in living else max(living, key=lambda i: float(look.effects.theta[i]))


def _ended(plan: Plan, state: State, look: Evaluation, outcome: Outcome, winner: int) -> State:
    mean = look.seen.evidence[winner].mean()
    certified = plan.scale.low if mean is None else mean
    watch = watch_over(plan, state, winner, mean=certified)
    return replace(state, phase="completed", outcome=outcome, winner=plan.flows[winner], watch=watch)


def watch_over(plan: Plan, state: State, winner: int, *, mean: float) -> Watch:
    """The guard over a winner of that mean: by a hold-out if there is to be one and a flow that can be it."""
    floor = mean - plan.margin * plan.scale.span
    others = [i for i in standing(plan, state) if i != winner]
    if not plan.holdout or not others:
        return Watch(floor)
    rival = plan.base if plan.base in others else max(others, key=lambda i: (state.weights[i], -i))
    return Watch(floor, rival=rival, pending=(empty(plan.scale),) * 2)


def decided_weights(plan: Plan, state: State, keep: int) -> tuple[int, ...]:
    """All to the flow that is kept, but for the hold-out."""
    rival = None if state.watch is None else state.watch.rival
    held = 0 if rival is None else plan.holdout
    return tuple(TOTAL - held if i == keep else held if i == rival else 0 for i in range(len(plan.flows)))


def _equivalent(plan: Plan, look: Evaluation, living: Sequence[int]) -> int | None:
    if plan.epsilon <= 0 or len(living) < 2 or len(_ready(plan, look, living)) < len(living):
        return None
    log_e = evidence_for(plan, look.seen, look.effects, margin=plan.epsilon)
    proven = [i for i in living if all(log_e[i, j] >= bar(plan) for j in living if j != i)]
    return kept(plan, proven, look) if proven else None


def _ready(plan: Plan, look: Evaluation, flows: Sequence[int]) -> list[int]:
    return [i for i in flows if look.seen.evidence[i].n >= plan.certify_after]


def _spent(plan: Plan, state: State, look: Evaluation) -> bool:
    sessions = sum(state.sessions) - state.round_sessions
    feedback = sum(one.n for one in look.seen.evidence)
    ticks = state.tick - state.round_tick
    spent = ((sessions, plan.max_sessions), (feedback, plan.max_feedback), (ticks, plan.max_ticks))
    return any(most is not None and used >= most for used, most in spent)

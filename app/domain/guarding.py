"""In every phase, also when all is decided, flows proven to be bad leave, and a winner that fell is noticed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.allocation import Plan, Removal, State, Watch
from app.domain.epochs import reopened, standing, turned
from app.domain.escape import FRACTIONS, EscapeRule, log_alarm, watched
from app.domain.evidence import UNIT, Evidence
from app.domain.guards import SLOWEST, watched_part, watched_sessions
from app.domain.progress import Progress
from app.domain.shares import redistributed


@dataclass(frozen=True, slots=True)
class _Fall:
    """A flow that must leave: its position, ln M of the alarm, and what was seen."""

    flow: int
    log_m: float
    why: str


def guard(plan: Plan, step: Progress, arrived: Sequence[Evidence]) -> Progress:
    """Feeds the e-CUSUMs and lets flows escape; re-opens a finished experiment whose winner fell."""
    step = replace(step, state=fed(plan, step.state, arrived))
    fallen = _fallen(plan, step.state)
    if fallen:
        step = escape(plan, step, [fall.flow for fall in fallen], whys=[fall.why for fall in fallen])
    return _watch(plan, step, arrived)


def escape(plan: Plan, step: Progress, fallen: Sequence[int], *, whys: Sequence[str]) -> Progress:
    """These flows get nothing from now on; the first rollback among their rules says who gets what instead.

    Without one the rest keep their proportions and go on. The flow that would be the last one standing must not be
    among them.
    """
    state = step.state
    gone = [Removal(plan.flows[i], state.tick, why) for i, why in zip(fallen, whys, strict=True)]
    carried = any(state.weights[i] > 0 for i in fallen)
    reason = "; ".join(whys)
    state = replace(state, escaped=(*state.escaped, *gone))
    here = standing(plan, state)
    if state.phase == "completed" and not carried:
        return step.told(state, reason)
    if state.phase == "completed" and _served_most(plan, state) not in fallen:
        return step.told(turned(plan, _unheld(state), redistributed(state.weights, alive=here)), reason)
    if state.phase == "completed":
        state = reopened(plan, state)
    table = _rollback(plan, fallen)
    if table is not None and state.phase != "escaped":
        state = replace(state, phase="escaped", outcome="escaped")
        return step.told(turned(plan, state, redistributed(table, alive=here)), f"{reason}; rolled back")
    # Others may have been dropped on the strength of the fallen flow: they are judged again, without it, in this step.
    state = replace(state, dropped=())
    if state.phase == "escaped" or len(here) == 1:
        state = replace(state, phase="escaped", outcome="escaped")
    return step.told(turned(plan, state, redistributed(state.weights, alive=here)), reason)


def _served_most(plan: Plan, state: State) -> int:
    """The flow that was kept when all was decided: the winner, or the one that was kept without one."""
    if state.winner is not None:
        return plan.flows.index(state.winner)
    return max(range(len(plan.flows)), key=lambda i: state.weights[i])


def _unheld(state: State) -> State:
    """Without a hold-out: the flow that was it has left, and the winner is watched alone."""
    return state if state.watch is None else replace(state, watch=Watch(state.watch.floor))


def fed(plan: Plan, state: State, arrived: Sequence[Evidence]) -> State:
    """The state whose e-CUSUMs have taken in what arrived for each flow; nobody leaves yet."""
    rules = [plan.escape.get(flow) for flow in plan.flows]
    cusum = tuple(
        known
        if rule is None or rule.lower_score is None
        else watched(plan.scale, known, arrived=new, floor=rule.lower_score)
        for rule, known, new in zip(rules, state.cusum, arrived, strict=True)
    )
    guarded = [
        (known, owed) if rule is None or not rule.guarded or not any(new.served) else _guards(rule, known, owed, new)
        for rule, known, owed, new in zip(rules, state.guards, state.owed, arrived, strict=True)
    ]
    guards, debts = tuple(logs for logs, _ in guarded), tuple(owed for _, owed in guarded)
    return replace(state, cusum=cusum, guards=guards, owed=debts)


def _guards(
    rule: EscapeRule, known: Sequence[float], owed: Sequence[float], new: Evidence
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    runs, failed, slow, *costs = new.served
    failing = watched_part(known[:4], bad=failed, runs=runs, most=rule.max_error_rate or SLOWEST)
    slowing = watched_part(known[4:8], bad=slow, runs=runs, most=SLOWEST)
    dear, debts = watched_sessions(known[8:], owed, costs)
    return (*failing, *slowing, *dear), debts


def _fallen(plan: Plan, state: State) -> list[_Fall]:
    """Flows that must leave now, the surest first; the last one standing never leaves."""
    here = standing(plan, state)
    alarms = [fall for i in here if (fall := _alarm(plan, state, i)) is not None]
    surest = sorted(alarms, key=lambda fall: (-fall.log_m, fall.flow))
    return surest[: len(here) - 1]


def _alarm(plan: Plan, state: State, flow: int) -> _Fall | None:
    """The loudest alarm of the flow."""
    rule = plan.escape.get(plan.flows[flow])
    if rule is None:
        return None
    alarms = []
    if rule.lower_score is not None and state.received[flow] >= rule.min_feedback:
        why = f"its recent mean is under {rule.lower_score:g}"
        alarms.append((log_alarm(state.cusum[flow]), why))
    logs = state.guards[flow]
    if logs and state.runs[flow] >= rule.min_runs:
        if rule.max_error_rate is not None:
            alarms.append((log_alarm(logs[:4]), f"more than {rule.max_error_rate:.1%} of its runs fail"))
        if rule.max_latency_p95_ms is not None:
            why = f"more than {SLOWEST:.0%} of its runs take over {rule.max_latency_p95_ms} ms"
            alarms.append((log_alarm(logs[4:8]), why))
        if rule.max_cost is not None:
            alarms.append((log_alarm(logs[8:]), f"its sessions cost more than ${rule.max_cost / 1e9:g} on average"))
    log_m, why = max(alarms, default=(-math.inf, ""))
    if log_m < math.log(plan.alarm):
        return None
    return _Fall(flow, log_m, f"{plan.flows[flow]} escaped: {why}")


def _rollback(plan: Plan, fallen: Sequence[int]) -> tuple[int, ...] | None:
    rules = [plan.escape.get(plan.flows[i]) for i in fallen]
    return next((rule.rollback for rule in rules if rule is not None and rule.rollback is not None), None)


def _watch(plan: Plan, step: Progress, arrived: Sequence[Evidence]) -> Progress:
    """The guard over a winner, by its own e-CUSUM or beside the hold-out."""
    watch, winner = step.state.watch, step.state.winner
    if watch is None or winner is None:
        return step
    place = plan.flows.index(winner)
    if watch.rival is None:
        watch = _alone(plan, watch, arrived[place])
    else:
        watch = _beside(plan, watch, rival=watch.rival, winner=place, arrived=arrived)
    state = replace(step.state, watch=watch)
    if log_alarm(watch.log_m) < math.log(plan.alarm) or len(standing(plan, state)) < 2:
        return replace(step, state=state)
    fell = (
        "under the mean it won with" if watch.rival is None else f"under {plan.flows[watch.rival]}, held out beside it"
    )
    return step.told(reopened(plan, state), f"{winner} fell {fell}: the experiment is open again")


def _alone(plan: Plan, watch: Watch, arrived: Evidence) -> Watch:
    return replace(watch, log_m=watched(plan.scale, watch.log_m, arrived=arrived, floor=watch.floor))


def _beside(plan: Plan, watch: Watch, *, rival: int, winner: int, arrived: Sequence[Evidence]) -> Watch:
    """Bets on D, the hold-out's mean less the winner's among what arrived for both, as a rating of −D against 0.

    D lies in ±R and has mean ≤ 0 while the winner is no worse, whatever the season does to both, so
    M ← max(M, 1) · (1 + λ D/R) is an e-CUSUM for that.
    """
    news = (arrived[winner], arrived[rival])
    ours, theirs = (known.plus(new) for known, new in zip(watch.pending, news, strict=True))
    if ours.n <= 0 or theirs.n <= 0:
        return replace(watch, pending=(ours, theirs))
    better = (theirs.total / theirs.n - ours.total / ours.n) / UNIT / plan.scale.span
    log_m = tuple(
        max(known, 0.0) + math.log1p(share * max(-1.0, min(1.0, better)))
        for known, share in zip(watch.log_m, FRACTIONS, strict=True)
    )
    nothing = ours.minus(ours)
    return replace(watch, log_m=log_m, pending=(nothing, nothing))

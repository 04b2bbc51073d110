"""A readout says what an experiment has seen and thinks, flow by flow, with an interval and never a bare mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.db import evidence_sums, histories
from app.db.evidence_sums import Served
from app.domain.allocation import Plan, State
from app.domain.confidence import confidence_sequence
from app.domain.epochs import absorb, alive, seen
from app.domain.evidence import Scale
from app.domain.experiment import Epoch, Experiment, Move
from app.domain.forecast import Forecast, expected_losses, forecast
from app.domain.guardrails import Figures, guardrails
from app.domain.money import divide_half_even
from app.domain.readout import Against, FlowReadout, IfDecided, Moved, Readout, Shared
from app.domain.response_rates import unequal_response
from app.domain.verdict import Evaluation, bar, evaluate, kept
from app.services import advancing, experiments
from app.services.observing import flow_ids, plan_of
from app.services.world import World

SHARES: Final = 200
MOVES: Final = 50


@dataclass(frozen=True, slots=True)
class _Known:
    """The state as it is stored, with what has been seen since; nothing that a coming step would decide."""

    experiment: Experiment
    plan: Plan
    state: State
    look: Evaluation
    p_best: Sequence[float]
    served: Sequence[Served]

    @property
    def living(self) -> tuple[int, ...]:
        return alive(self.plan, self.state)


def readout(world: World, experiment_id: str) -> Readout:
    """What is known now, or of an ended experiment at its end. Reads no more however long it has run.

    Raises NotFound.
    """
    experiment = experiments.get(world, experiment_id)
    if experiment.status == "draft" or not experiment.state:
        return _unstarted(experiment)
    step = advancing.look_at(world, experiment, whole=False)
    with world.store.read() as tx:
        sums = evidence_sums.by_flow(tx, experiment.id)
        epochs = histories.newest_epochs(tx, experiment.id, limit=SHARES)
        moves = histories.newest_moves(tx, experiment.use_case_id, experiment.id, limit=MOVES)
    plan, ids, after = step.plan, flow_ids(experiment), step.decision.state
    state = replace(absorb(plan, step.before, step.seen)[0], cusum=after.cusum, guards=after.guards)
    served = [sums.get(ids[code], Served()) for code in plan.flows]
    look = evaluate(plan, seen(plan, state))
    known = _Known(experiment, plan, state, look, step.decision.p_best, served)
    decided = state.outcome is not None or experiment.status == "ended"
    return Readout(
        experiment=experiment,
        flows=tuple(_flow(known, place) for place in range(len(plan.flows))),
        reason=moves[0].reason if decided and moves else step.decision.reason,
        supported=tuple(plan.flows[i] for i in known.living if state.winner in (None, plan.flows[i])),
        confidence=1 - plan.delta,
        forecast=_forecast(known),
        if_decided=_if_decided(known),
        unequal_response=unequal_response(
            plan.flows, sessions=[one.sessions for one in served], rated=[one.rated for one in served]
        ),
        shares=tuple(_shared(epoch, _codes(experiment)) for epoch in epochs),
        moves=tuple(_moved(move, _codes(experiment)) for move in moves),
    )


def _unstarted(experiment: Experiment) -> Readout:
    """Nothing has been seen: each flow may be anything."""
    plan = plan_of(experiment) if isinstance(experiment.config.get("plan"), Mapping) else None
    named = experiment.config.get("flow_ids")
    codes = plan.flows if plan else tuple(map(str, named)) if isinstance(named, Mapping) else ()
    scale = plan.scale if plan else Scale("decimal")
    flows = [
        FlowReadout(
            flow=code,
            weight=plan.start[place] if plan else 0,
            interval=(scale.low, scale.high),
            p_best=1 / len(codes),
            standing="not started",
        )
        for place, code in enumerate(codes)
    ]
    return Readout(
        experiment=experiment,
        flows=tuple(flows),
        reason="it has not started",
        supported=codes,
        confidence=1 - (plan.delta if plan else 0.05),
        forecast=Forecast(None, "It has not started."),
    )


def _flow(known: _Known, place: int) -> FlowReadout:
    plan, served, evidence = known.plan, known.served[place], known.look.seen.evidence[place]
    code, rule = plan.flows[place], plan.escape.get(plan.flows[place])
    watched = rule is not None and rule.max_latency_p95_ms is not None
    figures = Figures(
        reward=evidence.mean(),
        error_rate=served.failed / served.runs if served.runs else None,
        slow_rate=served.slow / served.runs if served.runs and watched else None,
        cost=divide_half_even(served.cost, served.sessions) if served.runs and served.sessions else None,
    )
    return FlowReadout(
        flow=code,
        weight=known.state.weights[place],
        interval=confidence_sequence(plan.scale, evidence, alpha=plan.delta),
        p_best=known.p_best[place],
        standing=_standing(known, code),
        sessions=served.sessions,
        runs=served.runs,
        feedback=served.n,
        counted=evidence.n,
        rated=served.rated,
        mean=figures.reward,
        against=tuple(
            Against(rival, float(known.look.log_e[place, other]), bar(plan))
            for other, rival in enumerate(plan.flows)
            if other != place
        ),
        error_rate=figures.error_rate,
        slow_rate=figures.slow_rate,
        cost=figures.cost,
        latency_ms=served.latency_ms / served.runs if served.runs else None,
        guardrails=guardrails(plan, known.state, place, figures=figures),
    )


def _standing(known: _Known, flow: str) -> str:
    """What became of the flow, in words; an escape is told before a drop, for it is what keeps the flow away."""
    state = known.state
    for removal in state.escaped:
        if removal.flow == flow:
            return removal.why
    for removal in state.dropped:
        if removal.flow == flow:
            return f"dropped: {removal.why}"
    if state.outcome is None:
        return "in play"
    if state.winner is None:
        return "kept" if state.weights[known.plan.flows.index(flow)] > 0 else "not ruled out"
    if flow != state.winner:
        return "not chosen"
    words = {"winner": "won", "equivalent": "best or within epsilon", "guess": "best guess, not certified"}
    return words.get(state.outcome, "chosen by an operator")


def _forecast(known: _Known) -> Forecast:
    if known.experiment.status == "ended":
        return Forecast(None, "It has ended.")
    if known.experiment.paused_at is not None:
        return Forecast(None, "It is paused, and nothing is decided meanwhile.")
    return forecast(known.plan, known.state, known.look)


def _if_decided(known: _Known) -> IfDecided | None:
    """What would be kept; None once that is decided."""
    if known.state.outcome is not None or known.experiment.status == "ended":
        return None
    living = known.living
    losses = dict(zip(living, expected_losses(known.plan, known.look.seen, living), strict=True))
    keep = kept(known.plan, living, known.look)
    best = min(living, key=losses.__getitem__)
    return IfDecided(known.plan.flows[keep], losses[keep], known.plan.flows[best], losses[best])


def _codes(experiment: Experiment) -> Mapping[str, str]:
    return {flow_id: code for code, flow_id in flow_ids(experiment).items()}


def _by_code(weights: Mapping[str, int], codes: Mapping[str, str]) -> Mapping[str, int]:
    return {codes.get(flow_id, flow_id): weight for flow_id, weight in weights.items()}


def _shared(epoch: Epoch, codes: Mapping[str, str]) -> Shared:
    return Shared(epoch.number, epoch.started_at, _by_code(epoch.weights, codes))


def _moved(move: Move, codes: Mapping[str, str]) -> Moved:
    before, after = _by_code(move.before, codes), _by_code(move.after, codes)
    return Moved(move.at, move.phase, before, after, move.reason, move.actor)

"""A readout says what an experiment has seen and thinks, flow by flow, with an interval and never a bare mean."""

from dataclasses import dataclass

from app.domain.allocation import Decision
from app.domain.experiment import Experiment
from app.domain.statistics import wilson
from app.domain.weights import TOTAL
from app.services import advancing, experiments
from app.services.world import World


@dataclass(frozen=True, slots=True)
class FlowReadout:
    """One flow. `weight` in 1/10 000; `mean` (None without any) and `interval` (Wilson, 95 %) of the reward 0…1."""

    flow: str
    weight: int
    sessions: int
    feedback: int
    mean: float | None
    interval: tuple[float, float]
    p_best: float
    standing: str


@dataclass(frozen=True, slots=True)
class Readout:
    """`reason` is a sentence; `supported` names the flows that the evidence does not rule out as the best."""

    experiment: Experiment
    flows: tuple[FlowReadout, ...]
    reason: str
    supported: tuple[str, ...]


def readout(world: World, experiment_id: str) -> Readout:
    """What is known now. Raises NotFound."""
    experiment = experiments.get(world, experiment_id)
    step = advancing.look_at(world, experiment, whole=True)
    decision, plan = step.decision, step.plan
    gone = {removal.flow: f"dropped: {removal.why}" for removal in decision.dropped}
    gone |= {removal.flow: removal.why for removal in decision.escaped}
    totals = step.totals()
    flows = []
    for place, code in enumerate(plan.flows):
        total = totals[place]
        mean = total.mean()
        flows.append(
            FlowReadout(
                flow=code,
                weight=decision.weights[place],
                sessions=total.sessions,
                feedback=total.n,
                mean=mean,
                interval=wilson(total.n * mean, total.n) if mean is not None else (0.0, 1.0),
                p_best=decision.p_best[place],
                standing=gone.get(code) or _standing(decision, code, weight=decision.weights[place]),
            )
        )
    supported = tuple(code for code in plan.flows if code not in gone and decision.winner in (None, code))
    return Readout(experiment, tuple(flows), decision.reason, supported)


def _standing(decision: Decision, flow: str, *, weight: int) -> str:
    if decision.outcome is None:
        return "in play"
    if decision.winner is None:
        return "kept" if weight == TOTAL else "not ruled out"
    if flow == decision.winner:
        return "won" if decision.outcome == "winner" else "best or within epsilon"
    return "not chosen"

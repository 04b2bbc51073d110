"""Experiments: a policy owns a use case's traffic from start to stop, and its readout says what it has learnt."""

from datetime import datetime
from typing import Annotated, Literal

from flask import Response
from pydantic import Field

from app.api import codes, http
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import ById, Name, Out, Page, Paging, Payload
from app.api.world import world
from app.domain.escape import EscapeRule
from app.domain.experiment import Experiment, Policy, Status
from app.domain.message import Json
from app.services import experiments, readout
from app.services.experiments import Wanted

door = Door("experiments")

Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]


class EscapeIn(Payload):
    """A flow leaves when its mean reward is proven to be under `lower_score`, never before `min_feedback`."""

    lower_score: Annotated[float, Field(ge=0, lt=1)]
    min_feedback: Count = 10


class ExperimentIn(Payload):
    """A progressive experiment over the use case's active flows; `escape` by flow code."""

    use_case: Name
    policy: Literal["progressive"] = "progressive"
    scale: Literal["rating", "binary", "decimal"] = "decimal"
    baseline: Name | None = None
    epsilon: Annotated[float, Field(ge=0, lt=1)] | None = None
    delta: Share = 0.05
    max_step_pct: Annotated[float, Field(gt=0, le=100)] = 10.0
    max_sessions: Count | None = None
    max_feedback: Count | None = None
    certification: Literal["fe", "both"] = "fe"
    mode: Literal["certify", "optimise"] = "certify"
    tick_s: Annotated[float, Field(gt=0, le=86_400)] = 60.0
    escape: Annotated[dict[str, EscapeIn], Field(max_length=100)] = Field(default_factory=dict)

    def to_domain(self) -> Wanted:
        """What is wanted."""
        return Wanted(
            scale=self.scale,
            baseline=self.baseline,
            epsilon=self.epsilon,
            delta=self.delta,
            max_step_pct=self.max_step_pct,
            max_sessions=self.max_sessions,
            max_feedback=self.max_feedback,
            certification=self.certification,
            mode=self.mode,
            tick_s=self.tick_s,
            escape={code: EscapeRule(rule.lower_score, rule.min_feedback) for code, rule in self.escape.items()},
        )


class ExperimentsQuery(Paging):
    """One use case only."""

    use_case: Name | None = None


class ExperimentOut(Out):
    """An experiment; `outcome` is null while it runs."""

    id: str
    use_case: str | None
    policy: Policy
    status: Status
    phase: str
    config: Json
    outcome: str | None
    winner: str | None
    started_at: datetime
    ended_at: datetime | None


class FlowReadoutOut(Out):
    """One flow: its weight in 1/10 000, and the mean reward with its 95 % interval."""

    flow: str
    weight: int = Field(description="share of new sessions in 1/10 000")
    sessions: int
    feedback: int
    mean: float | None
    interval: list[float]
    p_best: float
    standing: str


class ReadoutOut(Out):
    """`supported` names the flows that the evidence does not rule out as the best."""

    experiment: ExperimentOut
    flows: list[FlowReadoutOut]
    reason: str
    supported: list[str]


@door.get("/experiments", responses={200: Page[ExperimentOut]})
@scope("read")
def list_experiments(query: ExperimentsQuery) -> Response:
    """Read experiments, newest first."""
    found, following = experiments.page(world(), use_case=query.use_case, cursor=query.cursor, limit=query.limit)
    return http.answer(Page[ExperimentOut](items=[_out(experiment) for experiment in found], next=following))


@door.post("/experiments", responses={201: ExperimentOut})
@scope("write")
def start_experiment(body: ExperimentIn) -> Response:
    """Start an experiment from the weights of now."""
    return http.created(_out(experiments.start(world(), body.use_case, body.to_domain())))


@door.get("/experiments/<id>", responses={200: ExperimentOut})
@scope("read")
def get_experiment(path: ById) -> Response:
    """Read an experiment."""
    return http.answer(_out(experiments.get(world(), str(path.id))))


@door.post("/experiments/<id>/stop", responses={200: ExperimentOut})
@scope("write")
def stop_experiment(path: ById) -> Response:
    """Stop an experiment; weights stay as they are."""
    return http.answer(_out(experiments.stop(world(), str(path.id))))


@door.get("/experiments/<id>/readout", responses={200: ReadoutOut})
@scope("read")
def read_out(path: ById) -> Response:
    """Read what an experiment knows now, flow by flow."""
    known = readout.readout(world(), str(path.id))
    flows = [
        FlowReadoutOut(
            flow=flow.flow,
            weight=flow.weight,
            sessions=flow.sessions,
            feedback=flow.feedback,
            mean=flow.mean,
            interval=list(flow.interval),
            p_best=flow.p_best,
            standing=flow.standing,
        )
        for flow in known.flows
    ]
    out = ReadoutOut(
        experiment=_out(known.experiment), flows=flows, reason=known.reason, supported=list(known.supported)
    )
    return http.answer(out)


def _out(experiment: Experiment) -> ExperimentOut:
    return ExperimentOut(
        id=experiment.id,
        use_case=codes.use_case_code(experiment.use_case_id),
        policy=experiment.policy,
        status=experiment.status,
        phase=experiment.phase,
        config=experiment.config,
        outcome=experiment.outcome,
        winner=codes.flow_code(experiment.use_case_id, experiment.winner_flow_id),
        started_at=experiment.started_at,
        ended_at=experiment.ended_at,
    )

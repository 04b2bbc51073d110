"""Experiments: drafted, started, read and stopped; their configuration is frozen once they were started."""

from datetime import datetime
from typing import Annotated, Literal

from flask import Response
from pydantic import Discriminator, Field, RootModel, Tag

from app.api import codes, http
from app.api.ab_readout import AbReadoutOut, ab_readout_out
from app.api.door import Door
from app.api.experiment_readout import ReadoutOut, readout_out
from app.api.guard import scope
from app.api.payloads import ById, Name, Out, Page, Paging
from app.api.world import world
from app.domain.experiment import Decider, Experiment, Policy, Status
from app.domain.message import Json
from app.services import experiments, readout
from app.services.ab import form as ab_form
from app.services.ab import planning, tests, wanted_json
from app.services.ab import readout as ab_readout
from app.services.ab.form import AbForm
from app.services.rollout_form import RolloutForm, written
from app.services.rollout_json import wanted_of

door = Door("experiments")


class RolloutIn(RolloutForm):
    """A rollout over the use case's active flows, started at once from the weights of now, or kept as a draft."""

    use_case: Name
    policy: Literal["progressive"] = "progressive"
    draft: bool = False


class AbTestIn(AbForm):
    """An A/B test of flows of the use case, started at once, or kept as a draft."""

    use_case: Name
    policy: Literal["fixed"]
    draft: bool = False


class RolloutPut(RolloutForm):
    """Another configuration for a rollout that is a draft, whole: what is left out has its default."""

    policy: Literal["progressive"] = "progressive"


class AbTestPut(AbForm):
    """Another configuration for an A/B test that is a draft, whole: what is left out has its default."""

    policy: Literal["fixed"]


def _policy(given: object) -> str:
    """Which of the two forms it is: a rollout unless it says otherwise, or has arms, which no rollout has."""
    if not isinstance(given, dict) or given.get("policy") == "progressive":
        return "progressive"
    return "fixed" if given.get("policy") == "fixed" or "arms" in given else "progressive"


class ExperimentIn(
    RootModel[
        Annotated[
            Annotated[RolloutIn, Tag("progressive")] | Annotated[AbTestIn, Tag("fixed")],
            Discriminator(_policy),
        ]
    ]
):
    """A rollout, or with `policy: fixed` an A/B test."""


class ExperimentPut(
    RootModel[
        Annotated[
            Annotated[RolloutPut, Tag("progressive")] | Annotated[AbTestPut, Tag("fixed")],
            Discriminator(_policy),
        ]
    ]
):
    """A rollout, or with `policy: fixed` an A/B test, anew."""


class ExperimentsQuery(Paging):
    """One use case, one status, rollouts (`progressive`) or A/B tests (`fixed`) only."""

    use_case: Name | None = None
    status: Status | None = None
    policy: Policy | None = None


class ExperimentOut(Out):
    """An experiment; `outcome` is null until something was decided, by a rule or an operator.

    A decided one runs on, watched, until it is stopped or the next one starts. `config` is what its author wrote,
    empty where that is not on record.
    """

    id: str
    use_case: str | None
    policy: Policy
    status: Status
    phase: str
    config: Json
    outcome: str | None
    decided_by: Decider | None
    winner: str | None
    started_at: datetime | None = Field(description="null while it is a draft")
    paused_at: datetime | None
    ended_at: datetime | None


class ExperimentReadOut(ExperimentOut):
    """An experiment with all that it knows now; a draft knows nothing."""

    readout: ReadoutOut | AbReadoutOut | None = Field(description="of a rollout, or of an A/B test")


@door.get("/experiments", responses={200: Page[ExperimentOut]})
@scope("read")
def list_experiments(query: ExperimentsQuery) -> Response:
    """Read experiments, newest first."""
    found, following = experiments.page(
        world(),
        use_case=query.use_case,
        status=query.status,
        policy=query.policy,
        cursor=query.cursor,
        limit=query.limit,
    )
    return http.answer(Page[ExperimentOut](items=[out(experiment) for experiment in found], next=following))


@door.post("/experiments", responses={201: ExperimentOut})
@scope("write")
def start_experiment(body: ExperimentIn) -> Response:
    """Start a rollout or an A/B test, or write a draft."""
    form = body.root
    if isinstance(form, AbTestIn):
        make_test = tests.draft if form.draft else tests.start
        return http.created(out(make_test(world(), form.use_case, form.wanted(planning.slowest_ms(world())))))
    make = experiments.draft if form.draft else experiments.start
    return http.created(out(make(world(), form.use_case, form.wanted())))


@door.get("/experiments/<id>", responses={200: ExperimentReadOut})
@scope("read")
def read_experiment(path: ById) -> Response:
    """Read what an experiment knows now: flow by flow, its moves with reasons, and what is to be expected."""
    experiment = experiments.get(world(), str(path.id))
    if experiment.status == "draft":
        return http.answer(ExperimentReadOut(**dict(out(experiment)), readout=None))
    if experiment.policy == "fixed":
        test = ab_readout.readout(world(), experiment.id)
        return http.answer(ExperimentReadOut(**dict(out(test.experiment)), readout=ab_readout_out(test)))
    known = readout.readout(world(), experiment.id)
    return http.answer(ExperimentReadOut(**dict(out(known.experiment)), readout=readout_out(known)))


@door.put("/experiments/<id>", responses={200: ExperimentOut})
@scope("write")
def change_draft(path: ById, body: ExperimentPut) -> Response:
    """Write a draft anew."""
    form = body.root
    if isinstance(form, AbTestPut):
        wanted = form.wanted(planning.slowest_ms(world()))
        return http.answer(out(tests.change(world(), str(path.id), wanted)))
    return http.answer(out(experiments.change(world(), str(path.id), form.wanted())))


@door.delete("/experiments/<id>")
@scope("write")
def delete_draft(path: ById) -> Response:
    """Forget a draft."""
    experiments.delete(world(), str(path.id))
    return http.no_content()


@door.post("/experiments/<id>/start", responses={200: ExperimentOut})
@scope("write")
def start_draft(path: ById) -> Response:
    """Start a draft from the weights of now."""
    return http.answer(out(experiments.begin(world(), str(path.id))))


@door.post("/experiments/<id>/stop", responses={200: ExperimentOut})
@scope("write")
def stop_experiment(path: ById) -> Response:
    """Stop an experiment; weights stay as they are."""
    return http.answer(out(experiments.stop(world(), str(path.id))))


def out(experiment: Experiment) -> ExperimentOut:
    """The experiment as it is told."""
    return ExperimentOut(
        id=experiment.id,
        use_case=codes.use_case_code(experiment.use_case_id),
        policy=experiment.policy,
        status=experiment.status,
        phase=experiment.phase,
        config=_config(experiment),
        outcome=experiment.outcome,
        decided_by=experiment.decided_by,
        winner=codes.flow_code(experiment.use_case_id, experiment.winner_flow_id),
        started_at=None if experiment.status == "draft" else experiment.started_at,
        paused_at=experiment.paused_at,
        ended_at=experiment.ended_at,
    )


def _config(experiment: Experiment) -> Json:
    """What its author wrote, by the form of its policy."""
    if "wanted" not in experiment.config:
        return {}
    if experiment.policy == "fixed":
        return ab_form.written(wanted_json.wanted_of(experiment))
    return written(wanted_of(experiment))

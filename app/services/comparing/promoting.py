"""Who won a comparison is tried on live traffic: as a flow, by a rollout that begins with a small part of it."""

import re
from dataclasses import dataclass
from typing import Final

from app.db import flows as flow_rows
from app.db import use_cases as use_case_rows
from app.domain.comparison.comparison import Candidate, Comparison
from app.domain.errors import Conflict, Invalid, ModelMatchError, NotFound
from app.domain.experiment import Experiment
from app.domain.flow import Flow
from app.services import experiments, flows
from app.services.comparing import comparisons
from app.services.comparing.readout import readout
from app.services.flows import FlowEdit
from app.services.flows_with_model import with_model
from app.services.rollouts import Wanted, WantedWarmup
from app.services.world import World

GOAL: Final = 1_000
SESSIONS: Final = 1_000
LONGEST: Final = 255
TAKEN: Final = "duplicate-code"
OTHERS: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Promoted:
    """The flow that is to be tried, whether it was `made` for that, and its rollout."""

    candidate: str
    flow: Flow
    made: bool
    experiment: Experiment


@dataclass(frozen=True, slots=True)
class Promotion:
    """How a candidate is promoted; `candidate` None means the winner.

    A model that was compared alone needs a use case and the flow that is copied with it: the one with the most weight
    unless `flow` names another. `goal`: what the warmup climbs to within so many `sessions`, in 1/10 000.
    """

    candidate: str | None = None
    use_case: str | None = None
    flow: str | None = None
    new_code: str | None = None
    goal: int = GOAL
    sessions: int = SESSIONS
    draft: bool = True


def promote(world: World, comparison_id: str, wanted: Promotion, *, actor: str) -> Promoted:
    """The flow and its rollout, a draft unless it was to start at once; the flow with the most weight is the baseline.

    A flow is taken as it is; a model becomes a copy of a flow whose steps ask that model alone. Raises NotFound,
    Invalid, Conflict when nobody is proven to have won (`no-winner`), the flow has been changed since (`flow-changed`),
    it has the most weight already (`flow-leads`), or a rollout cannot be drafted. Nothing is left behind then.
    """
    comparison = comparisons.get(world, comparison_id)
    candidate = _chosen(world, comparison, wanted.candidate)
    use_case = _use_case(world, comparison, wanted)
    baseline = _leading(world, use_case)
    if candidate.model is None:
        flow, made = _as_it_is(world, use_case, candidate, wanted), False
    else:
        flow, made = _with(world, use_case, candidate, candidate.model, wanted, baseline, actor), True
    if flow.code == baseline.code:
        raise Conflict("the flow has the most weight already", code="flow-leads")
    woken = flow if flow.active else flows.change(world, use_case, flow.code, FlowEdit(active=True), actor=actor)
    warmup = WantedWarmup(sessions=wanted.sessions, goals={woken.code: wanted.goal})
    begin = experiments.draft if wanted.draft else experiments.start
    try:
        rollout = begin(world, use_case, Wanted(baseline=baseline.code, warmup=warmup))
    except ModelMatchError:
        if not flow.active or made:
            flows.change(world, use_case, flow.code, FlowEdit(active=False), actor=actor)
        if made:
            flows.delete(world, use_case, flow.code)
        raise
    return Promoted(candidate.name, woken, made, rollout)


def _chosen(world: World, comparison: Comparison, name: str | None) -> Candidate:
    if name is None:
        winner = readout(world, comparison.id).winner
        if winner.winner is None:
            raise Conflict(f"{winner.sentence} Name the candidate that is wanted.", code="no-winner")
        return comparison.candidates[winner.winner]
    found = next((candidate for candidate in comparison.candidates if candidate.name == name), None)
    if found is None:
        raise NotFound("candidate", name, field="candidate")
    return found


def _use_case(world: World, comparison: Comparison, wanted: Promotion) -> str:
    with world.store.read() as tx:
        own = None if comparison.use_case_id is None else use_case_rows.get(tx, comparison.use_case_id).code
    if own is None and wanted.use_case is None:
        raise Invalid("the comparison is of no use case: name the one to try it in", field="use_case")
    if own is not None and wanted.use_case not in (None, own):
        raise Invalid(f"the comparison is of the use case {own}", field="use_case")
    return own or wanted.use_case or ""


def _leading(world: World, use_case: str) -> Flow:
    with world.store.read() as tx:
        found = flow_rows.of_use_case(tx, use_case_rows.get_by_code(tx, use_case).id)
    active = [flow for flow in found if flow.active]
    if not active:
        raise Conflict("the use case has no active flow to hold it against", code="no-active-flow")
    return max(active, key=lambda flow: flow.weight)


def _as_it_is(world: World, use_case: str, candidate: Candidate, wanted: Promotion) -> Flow:
    if wanted.flow is not None or wanted.new_code is not None:
        field = "flow" if wanted.flow is not None else "new_code"
        raise Invalid("the candidate is a flow and is taken as it is", field=field)
    return _compared(world, use_case, candidate)


def _compared(world: World, use_case: str, candidate: Candidate) -> Flow:
    """The flow of a candidate, as long as it is what was compared."""
    with world.store.read() as tx:
        owner = use_case_rows.get_by_code(tx, use_case).id
        found = [flow for flow in flow_rows.of_use_case(tx, owner) if flow.id == candidate.flow_id]
    if not found:
        raise NotFound("flow", candidate.flow or "")
    if found[0].version != candidate.flow_version:
        raise Conflict(
            f"version {candidate.flow_version} was compared, and the flow has version {found[0].version} now",
            code="flow-changed",
        )
    return found[0]


def _with(
    world: World, use_case: str, candidate: Candidate, model: str, wanted: Promotion, baseline: Flow, actor: str
) -> Flow:
    if candidate.flow is not None:
        if wanted.flow is not None:
            raise Invalid("the candidate names its flow", field="flow")
        source = _compared(world, use_case, candidate).code
    else:
        source = wanted.flow or baseline.code
    new_code = wanted.new_code or _code(f"{source}-{model}")
    try:
        return with_model(
            world, use_case, source, model=model, new_code=new_code, title=None, activate=True, actor=actor
        )
    except Conflict as error:
        if error.code != TAKEN:
            raise
        raise Conflict(error.message, code=TAKEN, field="new_code") from None


def _code(text: str) -> str:
    return OTHERS.sub("-", text.lower())[:LONGEST].strip("-")

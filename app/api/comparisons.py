"""Comparisons: made, listed, read with all that they tell, cancelled, resumed, deleted, and their winners promoted."""

from functools import partial
from typing import Annotated

from flask import Response
from pydantic import Field

from app.api import codes, guard, http
from app.api.comparison_payloads import ComparedAnswerOut, ComparisonOut
from app.api.door import Door
from app.api.experiments import ExperimentOut
from app.api.experiments import out as experiment_out
from app.api.guard import scope
from app.api.once import once
from app.api.payloads import ById, Name, Out, Page, Paging, Weight, Wishes, Words
from app.api.world import world
from app.domain.comparison.comparison import MOST_CANDIDATES, MOST_INPUTS, Status
from app.domain.errors import Invalid
from app.domain.money import from_usd
from app.services.comparing import comparisons, progress, promoting
from app.services.comparing.comparisons import AnswerFilter, ComparisonFilter
from app.services.comparing.form import ComparisonForm
from app.services.comparing.promoting import GOAL, SESSIONS, Promotion
from app.services.comparing.readout import readout
from app.services.comparing.readout_json import ComparisonProgressOut, ComparisonReadoutOut
from app.services.rollout_form import Usd

door = Door("comparisons")


class ComparisonIn(ComparisonForm):
    """A comparison, all of it; it waits until a server has a place free, and is then asked."""


class ComparisonsQuery(Paging):
    """Those of one status, use case or benchmark only, or with this model as a candidate."""

    status: Status | None = None
    model: Name | None = None
    use_case: Name | None = None
    benchmark: Name | None = None


class ComparisonQuery(Words):
    """Whether all answers are read for what they tell; without it only how far it is, at once."""

    readout: bool = True


class ComparedAnswersQuery(Paging):
    """Which answers are meant, by `input` or in the drawn order (`place`); candidates are numbered from 0."""

    candidate: int | None = Field(None, ge=0, lt=MOST_CANDIDATES)
    input: int | None = Field(None, ge=0, lt=MOST_INPUTS)
    done: bool | None = None
    failed: bool | None = None
    order: Annotated[str, Field(pattern="^-?(input|place)$")] = "input"


class ResumeIn(Wishes):
    """What it may spend in all from now on; absent: as before."""

    budget_usd: Usd | None = None


class PromoteIn(Wishes):
    """Which candidate is tried on live traffic, the winner when absent.

    A model that was compared alone needs `use_case`, unless the comparison has one, and becomes a copy of `flow`, of
    the one with the most weight when absent, with the code `new_code`.
    """

    candidate: Name | None = None
    use_case: Name | None = None
    flow: Name | None = None
    new_code: Name | None = None
    goal: Annotated[Weight, Field(ge=1)] = GOAL
    sessions: int = Field(SESSIONS, ge=1, le=1_000_000_000, description="in which the warmup climbs to the goal")
    draft: bool = True

    def wanted(self) -> Promotion:
        """As the service takes it."""
        return Promotion(**self.model_dump())


class ComparisonReadOut(ComparisonOut):
    """A comparison with its progress and what its answers tell; `readout` is null until one is there, or not wanted."""

    progress: ComparisonProgressOut
    readout: ComparisonReadoutOut | None


class PromotedOut(Out):
    """The flow that is tried, whether it was made for that, and its rollout."""

    candidate: str
    flow: str
    made: bool
    experiment: ExperimentOut


@door.post("/comparisons", responses={201: ComparisonOut})
@scope("write")
def make_comparison(body: ComparisonIn) -> Response:
    """Compare models or flows over the same inputs."""
    wanted = body.wanted()
    return once(lambda: http.created(ComparisonOut.of(comparisons.create(world(), wanted, actor=guard.key().name))))


@door.get("/comparisons", responses={200: Page[ComparisonOut]})
@scope("read")
def list_comparisons(query: ComparisonsQuery) -> Response:
    """Read comparisons, newest first."""
    wanted = ComparisonFilter(
        status=query.status,
        model=query.model,
        use_case_id=None if query.use_case is None else codes.use_case_id(query.use_case),
        benchmark=query.benchmark,
    )
    found, following = comparisons.page(world(), wanted, cursor=query.cursor, limit=query.limit)
    return http.answer(Page[ComparisonOut](items=[ComparisonOut.of(each) for each in found], next=following))


@door.get("/comparisons/<id>", responses={200: ComparisonReadOut})
@scope("read")
def read_comparison(path: ById, query: ComparisonQuery) -> Response:
    """Read a comparison, how far it is and what its answers tell so far."""
    now = progress.of(world(), str(path.id))
    if not (now.answered and query.readout):
        made, told = comparisons.get(world(), now.comparison_id), None
    else:
        found = readout(world(), now.comparison_id)
        made, now, told = found.comparison, found.progress, ComparisonReadoutOut.of(found)
    own = dict(ComparisonOut.of(made))
    return http.answer(ComparisonReadOut(**own, progress=ComparisonProgressOut.of(now), readout=told))


@door.get("/comparisons/<id>/answers", responses={200: Page[ComparedAnswerOut]})
@scope("read")
def list_answers(path: ById, query: ComparedAnswersQuery) -> Response:
    """Read answers with their texts."""
    made = comparisons.get(world(), str(path.id))
    _check_place(query.candidate, len(made.candidates), "candidate")
    _check_place(query.input, made.inputs, "input")
    wanted = AnswerFilter(query.candidate, query.input, query.done, query.failed)
    found, following = comparisons.answers(
        world(), made.id, wanted, order=query.order, cursor=query.cursor, limit=query.limit
    )
    asked = {each.number: each for each in comparisons.inputs(world(), made.id, {each.input for each in found})}
    items = [ComparedAnswerOut.of(each, made, asked[each.input]) for each in found]
    return http.answer(Page[ComparedAnswerOut](items=items, next=following))


@door.post("/comparisons/<id>/cancel", responses={200: ComparisonOut})
@scope("write")
def cancel_comparison(path: ById) -> Response:
    """Stop it; what is answered stays, and it can be resumed."""
    return http.answer(ComparisonOut.of(comparisons.cancel(world(), str(path.id))))


@door.post("/comparisons/<id>/resume", responses={200: ComparisonOut})
@scope("write")
def resume_comparison(path: ById, body: ResumeIn) -> Response:
    """Go on with one that failed or was cancelled, without asking again what is answered."""
    budget = None if body.budget_usd is None else from_usd(body.budget_usd)
    resumed = partial(comparisons.resume, world(), str(path.id), budget=budget)
    return once(lambda: http.answer(ComparisonOut.of(resumed())))


@door.delete("/comparisons/<id>", responses={204: None})
@scope("write")
def delete_comparison(path: ById) -> Response:
    """Forget it with its answers and votes; its calls stay on the books."""
    comparisons.delete(world(), str(path.id))
    return http.no_content()


@door.post("/comparisons/<id>/promote", responses={201: PromotedOut})
@scope("write")
def promote_candidate(path: ById, body: PromoteIn) -> Response:
    """Try the winner, or another candidate, on live traffic: as a flow with a rollout, which waits as a draft."""
    made = promoting.promote(world(), str(path.id), body.wanted(), actor=guard.key().name)
    rollout = experiment_out(made.experiment)
    return http.created(PromotedOut(candidate=made.candidate, flow=made.flow.code, made=made.made, experiment=rollout))


def _check_place(number: int | None, many: int, field: str) -> None:
    """Raises Invalid for a number that nothing of the comparison has."""
    if number is not None and number >= many:
        raise Invalid(f"there are {many}, numbered from 0", field=field)

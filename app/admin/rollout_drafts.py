"""Drafts of rollouts: a form writes a new one or changes one that waits."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.admin import rollout_shown
from app.admin.gate import needs, world
from app.admin.rollout_draft import DraftForm
from app.domain.experiment import Experiment
from app.domain.flow import Flow
from app.services import experiments, flows, use_cases
from app.services.rollout_json import wanted_of
from app.services.rollouts import Wanted

pages = Blueprint("rollouts-drafts", __name__, url_prefix="/rollouts")


@pages.get("/new/<code>")
@needs("write")
def blank(code: str) -> str:
    """The form of a new rollout of a use case."""
    found = _active(code)
    return _form(code, found, DraftForm.of(_codes(found), Wanted()), None)


@pages.post("/new/<code>")
@needs("write")
def create(code: str) -> Response | tuple[str, int]:
    """Write a draft."""
    found = _active(code)
    form = DraftForm.sent(_codes(found), request.form, Wanted())
    wanted = form.wanted()
    made: list[Experiment] = []
    if wanted is not None and form.attempt(lambda: made.append(experiments.draft(world(), code, wanted))):
        return redirect(url_for("rollouts.open_one", id=made[0].id), 303)
    return _form(code, found, form, None), 422


@pages.get("/<uuid:id>/change")
@needs("write")
def revise(id: object) -> str:
    """The form of a draft."""
    experiment = experiments.get(world(), str(id))
    code = rollout_shown.title(world(), experiment).use_case
    found = _active(code)
    return _form(code, found, DraftForm.of(_codes(found), wanted_of(experiment)), experiment)


@pages.post("/<uuid:id>/change")
@needs("write")
def change(id: object) -> Response | tuple[str, int]:
    """Write a draft anew."""
    experiment = experiments.get(world(), str(id))
    code = rollout_shown.title(world(), experiment).use_case
    found = _active(code)
    form = DraftForm.sent(_codes(found), request.form, wanted_of(experiment))
    wanted = form.wanted()
    if wanted is not None and form.attempt(lambda: experiments.change(world(), experiment.id, wanted)):
        return redirect(url_for("rollouts.open_one", id=experiment.id), 303)
    return _form(code, found, form, experiment), 422


def _active(code: str) -> list[Flow]:
    """The flows that take part. Raises NotFound for an unknown use case."""
    use_cases.get(world(), code)
    found, _ = flows.page(world(), code, search=None, order="code", cursor=None, limit=100)
    return [flow for flow in found if flow.active]


def _codes(found: list[Flow]) -> list[str]:
    return [flow.code for flow in found]


def _form(code: str, found: list[Flow], form: DraftForm, experiment: Experiment | None) -> str:
    return render_template(
        "rollout_form.html", code=code, found=found, form=form, it=experiment, weight=rollout_shown.weight
    )

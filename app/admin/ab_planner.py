"""The planner: what an A/B test would take, and what it could find, before anybody begins one."""

from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.admin.ab_form import METRICS, PlannerForm
from app.admin.gate import needs, world
from app.domain.experiment import Experiment
from app.domain.flow import Flow
from app.services import flows, use_cases
from app.services.ab import planning, tests
from app.services.ab.plan_json import plan_to_json
from app.services.ab.wanted import WantedTest

pages = Blueprint("planner", __name__, url_prefix="/planner")

USE_CASES: Final = 100


@pages.get("")
@needs("read")
def show() -> str:
    """Which use case."""
    found, _ = use_cases.page(world(), search=None, order="code", cursor=None, limit=USE_CASES)
    return render_template("planner.html", found=found)


@pages.get("/<code>")
@needs("read")
def plan(code: str) -> str | tuple[str, int]:
    """The form, and the plan once something was asked."""
    if "metric.kind" not in request.args:
        return _page(code, PlannerForm.blank(_flows(code)), None)
    form = PlannerForm.sent(_flows(code), request.args)
    told = _told(code, form)
    return _page(code, form, told) if told is not None else (_page(code, form, None), 422)


@pages.post("/<code>")
@needs("write")
def draft(code: str) -> Response | tuple[str, int]:
    """Keep what was planned as a draft."""
    form = PlannerForm.sent(_flows(code), request.form)
    wanted = form.wanted(planning.slowest_ms(world()))
    made: list[Experiment] = []
    if wanted is not None and form.attempt(lambda: made.append(tests.draft(world(), code, wanted))):
        return redirect(url_for("tests.open_one", id=made[0].id), 303)
    return _page(code, form, None), 422


def _told(code: str, form: PlannerForm) -> dict[str, object] | None:
    """The plan, None with faults."""
    wanted = form.wanted(planning.slowest_ms(world()))
    told: list[dict[str, object]] = []

    def ask(test: WantedTest) -> None:
        told.append(plan_to_json(planning.plan(world(), code, test), test.metric.kind))

    if wanted is None or not form.attempt(lambda: ask(wanted)):
        return None
    return told[0]


def _flows(code: str) -> list[Flow]:
    """Those of the use case. Raises NotFound."""
    found, _ = flows.page(world(), code, search=None, order="code", cursor=None, limit=100)
    return found


def _page(code: str, form: PlannerForm, told: dict[str, object] | None) -> str:
    return render_template("planner_form.html", code=code, form=form, plan=told, metrics=METRICS)

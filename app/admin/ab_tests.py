"""A/B tests: which there are, and one of them as it happens."""

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.admin import ab_shown, renewing
from app.admin.ab_shown import Title
from app.admin.gate import needs, world
from app.admin.refusals import Refused
from app.domain.ab.false_positives import FalsePositives
from app.domain.experiment import Experiment
from app.services import experiments, use_cases
from app.services.ab import false_alarms
from app.services.ab.designs import design_of

pages = Blueprint("tests", __name__, url_prefix="/ab-tests")

PER_PAGE: Final = 50
USE_CASES: Final = 100
WRITTEN: Final = {
    "figure": ab_shown.figure,
    "span": ab_shown.span,
    "chance": ab_shown.chance,
    "share": ab_shown.share,
    "pairs": ab_shown.pairs,
    "tones": ab_shown.TONES,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A test in the list."""

    experiment: Experiment
    title: Title


@pages.get("")
@needs("read")
def show() -> str:
    """The tests, newest first."""
    return listed()


def listed(refused: Refused | None = None) -> str:
    """The whole list; `refused`: an A/A test that was not begun."""
    only, cursor = request.args.get("use_case"), request.args.get("cursor")
    found, following = experiments.page(world(), use_case=only, policy="fixed", cursor=cursor, limit=PER_PAGE)
    every, _ = use_cases.page(world(), search=None, order="code", cursor=None, limit=USE_CASES)
    known = world().snapshots.current.flows
    active = {owner.code: [flow.code for flow in known.get(owner.id, ()) if flow.active] for owner in every}
    return render_template(
        "ab_tests.html",
        entries=[Entry(one, ab_shown.title(world(), one)) for one in found],
        following=following,
        only=only,
        active={code: codes for code, codes in active.items() if codes},
        refused=refused,
    )


@pages.get("/<uuid:id>")
@needs("read")
def open_one(id: object) -> Response:
    """One test; the part that renews itself alone when the page asks for it."""
    experiment = experiments.get(world(), str(id))
    if experiment.policy != "fixed":
        return redirect(url_for("rollouts.open_one", id=experiment.id), 303)
    if not request.headers.get("HX-Request"):
        return make_response(one(experiment))
    sight = None if experiment.status == "draft" else ab_shown.sight(world(), experiment)
    return renewing.part(sight, "ab_test_live.html", now=world().now(), **WRITTEN)


def one(experiment: Experiment, refused: Refused | None = None) -> str:
    """The whole page of a test; of a draft what it will do."""
    design = design_of(experiment)
    sight = ab_shown.sight(world(), experiment)
    alarms: FalsePositives | None = None
    if design.same and experiment.status != "draft":
        alarms = false_alarms.of(world(), experiment.id)
    return render_template(
        "ab_test.html",
        it=experiment,
        design=design,
        sight=sight,
        alarms=alarms,
        refused=refused,
        now=world().now(),
        **WRITTEN,
    )

"""Rollouts: which there are by use case, and one of them as it happens."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.admin import renewing, rollout_shown
from app.admin.gate import needs, world
from app.admin.refusals import Refused
from app.admin.rollout_shown import Title
from app.domain.experiment import Experiment
from app.services import experiments, use_cases
from app.services.rollout_json import wanted_of

pages = Blueprint("rollouts", __name__, url_prefix="/rollouts")

PER_PAGE: Final = 50
USE_CASES: Final = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """A rollout in the list."""

    experiment: Experiment
    title: Title


@pages.get("")
@needs("read")
def show() -> str:
    """The rollouts of each use case, newest first."""
    only, cursor = request.args.get("use_case"), request.args.get("cursor")
    found, following = experiments.page(world(), use_case=only, policy="progressive", cursor=cursor, limit=PER_PAGE)
    by_owner: dict[str, list[Entry]] = defaultdict(list)
    for experiment in found:
        entry = Entry(experiment, rollout_shown.title(world(), experiment))
        by_owner[entry.title.use_case].append(entry)
    if only is None and cursor is None:
        every, _ = use_cases.page(world(), search=None, order="code", cursor=None, limit=USE_CASES)
        titles = {use_case.code: use_case.title for use_case in every}
    else:
        titles = {} if only is None else {only: use_cases.get(world(), only).title}
    owners = [*by_owner, *(code for code in titles if code not in by_owner)]
    return render_template(
        "rollouts.html", owners=owners, entries=by_owner, titles=titles, following=following, only=only
    )


@pages.get("/<uuid:id>")
@needs("read")
def open_one(id: object) -> Response:
    """One rollout; the part that renews itself alone when the page asks for it.

    Once other things can be done with it than when the page was made, the page is loaded anew.
    """
    experiment = experiments.get(world(), str(id))
    if experiment.policy != "progressive":
        return redirect(url_for("tests.open_one", id=experiment.id), 303)
    if not request.headers.get("HX-Request"):
        return make_response(one(experiment))
    sight = None if experiment.status == "draft" else rollout_shown.sight(world(), experiment)
    return renewing.part(sight, "rollout_live.html", now=world().now(), **WRITTEN)


def one(experiment: Experiment, refused: Refused | None = None) -> str:
    """The whole page of a rollout; of a draft what it will do."""
    if experiment.status == "draft":
        title = rollout_shown.title(world(), experiment)
        return render_template(
            "rollout_draft.html", it=experiment, title=title, wanted=wanted_of(experiment), refused=refused, **WRITTEN
        )
    sight = rollout_shown.sight(world(), experiment)
    return render_template("rollout.html", sight=sight, refused=refused, now=world().now(), **WRITTEN)


WRITTEN: Final = {"weight": rollout_shown.weight, "rate": rollout_shown.rate}

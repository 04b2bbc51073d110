"""What people do to an A/B test: start, stop and forget it, widen it, roll an arm out, and try identical arms."""

from collections.abc import Callable, Mapping
from typing import Final

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from app.admin import ab_tests, gate, refusals, rollout_typed
from app.admin.gate import needs, world
from app.admin.refusals import Refused
from app.domain.ab.metric import metric_of
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.experiment import Experiment
from app.services import experiments
from app.services.ab import rolling_out, tests
from app.services.ab.wanted import SHARE, WantedArm, WantedTest

pages = Blueprint("tests-acts", __name__, url_prefix="/ab-tests")

EFFECT: Final = 0.05  # of a rate: what an A/A test is planned to find, so that its length is known


@pages.post("/<uuid:id>/<act>")
@needs("write")
def act(id: object, act: str) -> Response | tuple[str, int]:
    """Do it, or show the page with why it was not done."""
    known = experiments.get(world(), str(id))
    if act not in ACTS or known.policy != "fixed":
        abort(404)
    try:
        after = ACTS[act](known.id)
    except (Invalid, Conflict) as error:
        refused = Refused(act, refusals.sentence(error.message), request.form.get("share", ""))
        return ab_tests.one(experiments.get(world(), known.id), refused), 422 if isinstance(error, Invalid) else 409
    if act == "delete":
        return redirect(url_for("tests.show"), 303)
    if act == "roll-out" and isinstance(after, Experiment):
        return redirect(url_for("rollouts.open_one", id=after.id), 303)
    return redirect(url_for("tests.open_one", id=after.id if isinstance(after, Experiment) else known.id), 303)


@pages.post("/identical-arms")
@needs("write")
def identical_arms() -> Response | tuple[str, int]:
    """Begin an A/A test of a flow on a tenth of the traffic."""
    owner, _, flow = request.form.get("flow", "").partition("/")
    wanted = WantedTest(
        arms=(WantedArm(flow), WantedArm(flow)),
        metric=metric_of("conversion") if request.form.get("metric") == "conversion" else metric_of("failures"),
        mde=EFFECT,
        baseline_mean=0.5,
        share=SHARE,
        same=True,
        name=f"A/A test of {owner}/{flow}"[:255],
    )
    try:
        made = tests.start(world(), owner, wanted)
    except (Invalid, Conflict, NotFound) as error:
        return ab_tests.listed(Refused("identical-arms", refusals.sentence(error.message))), 422
    return redirect(url_for("tests.open_one", id=made.id), 303)


def _widen(id: str) -> Experiment:
    try:
        share = rollout_typed.share(request.form.get("share", ""))
    except ValueError as error:
        raise Invalid(str(error), field="share") from None
    visit = gate.visit()
    return tests.widen(world(), id, share=share, actor="" if visit is None else visit.key.name)


def _roll_out(id: str) -> Experiment:
    arm = request.form.get("arm", "").strip() or None
    return rolling_out.roll_out(world(), id, arm=arm, force=request.form.get("force") == "yes")


ACTS: Final[Mapping[str, Callable[[str], object]]] = {
    "start": lambda id: experiments.begin(world(), id),
    "delete": lambda id: experiments.delete(world(), id),
    "stop": lambda id: experiments.stop(world(), id),
    "share": _widen,
    "roll-out": _roll_out,
}

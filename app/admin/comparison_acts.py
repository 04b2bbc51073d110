"""What people do to a comparison: cancel it, let it go on, delete it, and try who won on live traffic."""

from collections.abc import Callable, Mapping
from typing import Final

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from app.admin import comparisons as shown
from app.admin import gate, rollout_typed
from app.admin.gate import needs, world
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.money import from_usd
from app.services.comparing import comparisons, promoting
from app.services.comparing.promoting import Promotion

pages = Blueprint("comparisons-acts", __name__, url_prefix="/comparisons")


@pages.post("/<uuid:id>/<act>")
@needs("write")
def act(id: object, act: str) -> Response | tuple[str, int]:
    """Do it and lead on, or show the page with why it was not done."""
    it = comparisons.get(world(), str(id))
    if act not in ACTS:
        abort(404)
    try:
        return redirect(ACTS[act](it.id), 303)
    except (Invalid, Conflict, NotFound) as error:
        told = f"{error.message[:1].upper()}{error.message[1:].removesuffix('.')}."
        again = comparisons.get(world(), it.id)
        return shown.one(again, told), 409 if isinstance(error, Conflict) else 422


def _cancel(id: str) -> str:
    comparisons.cancel(world(), id)
    return url_for("comparisons.open_one", id=id)


def _resume(id: str) -> str:
    given = request.form.get("budget_usd", "").strip()
    try:
        budget = from_usd(rollout_typed.usd(given)) if given else None
    except ValueError as error:
        raise Invalid(str(error), field="budget_usd") from None
    comparisons.resume(world(), id, budget=budget)
    return url_for("comparisons.open_one", id=id)


def _delete(id: str) -> str:
    comparisons.delete(world(), id)
    return url_for("comparisons.show")


def _promote(id: str) -> str:
    """Leads to the draft of the rollout, which somebody starts."""
    wanted = Promotion(candidate=request.form.get("candidate") or None, use_case=request.form.get("use_case") or None)
    visit = gate.visit()
    made = promoting.promote(world(), id, wanted, actor="" if visit is None else visit.key.name)
    return url_for("rollouts.open_one", id=made.experiment.id)


ACTS: Final[Mapping[str, Callable[[str], str]]] = {
    "cancel": _cancel,
    "resume": _resume,
    "delete": _delete,
    "promote": _promote,
}

"""What people do to a rollout: start, pause, resume and stop it, send a flow away, choose one, open it again."""

from collections.abc import Callable, Mapping
from typing import Final

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from app.admin import gate, refusals, rollouts
from app.admin.gate import needs, world
from app.admin.refusals import Refused
from app.domain.errors import Conflict, Invalid
from app.services import experiments, operating

pages = Blueprint("rollouts-acts", __name__, url_prefix="/rollouts")


@pages.post("/<uuid:id>/<act>")
@needs("write")
def act(id: object, act: str) -> Response | tuple[str, int]:
    """Do it, or show the page with why it was not done."""
    known = experiments.get(world(), str(id))
    if act not in ACTS:
        abort(404)
    try:
        _confirmed(act, known.use_case_id)
        ACTS[act](known.id)
    except (Invalid, Conflict) as error:
        told = refusals.sentence(error.message)
        refused = Refused(act, told, typed=request.form.get("typed", ""), flow=request.form.get("flow", ""))
        return rollouts.one(experiments.get(world(), known.id), refused), 422 if isinstance(error, Invalid) else 409
    if act == "delete":
        return redirect(url_for("rollouts.show"), 303)
    return redirect(url_for("rollouts.open_one", id=known.id), 303)


def _confirmed(act: str, use_case_id: str) -> None:
    """What cannot be taken back is typed once more. Raises Invalid when it was not."""
    if act in ("escape", "complete"):
        wanted = _flow()
        if not wanted:
            raise Invalid("please choose a flow", field="flow")
    elif act == "delete":
        found = world().snapshots.current.use_cases_by_id.get(use_case_id)
        wanted = "" if found is None else found.code
    else:
        return
    if request.form.get("typed", "").strip() != wanted:
        raise Invalid(f"type {wanted} to confirm; nothing was done", field="typed")


def _flow() -> str:
    return request.form.get("flow", "").strip()


def _actor() -> str:
    visit = gate.visit()
    return "" if visit is None else visit.key.name


ACTS: Final[Mapping[str, Callable[[str], object]]] = {
    "start": lambda id: experiments.begin(world(), id),
    "delete": lambda id: experiments.delete(world(), id),
    "stop": lambda id: experiments.stop(world(), id),
    "pause": lambda id: operating.pause(world(), id, actor=_actor()),
    "resume": lambda id: operating.resume(world(), id, actor=_actor()),
    "escape": lambda id: operating.escape(world(), id, _flow(), actor=_actor()),
    "complete": lambda id: operating.complete(world(), id, _flow(), actor=_actor()),
    "reopen": lambda id: operating.reopen(world(), id, pardon=request.form.get("pardon") == "yes", actor=_actor()),
}

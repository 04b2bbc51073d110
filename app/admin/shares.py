"""Weights by hand: how the traffic of a use case is shared in percent, and which of its flows take part."""

from dataclasses import dataclass, field

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.admin import gate, rollout_typed
from app.admin.gate import needs, world
from app.domain.errors import Conflict, Invalid
from app.domain.flow import Flow
from app.domain.weights import TOTAL
from app.services import flows, use_cases
from app.services.flows import FlowEdit

pages = Blueprint("rollouts-shares", __name__, url_prefix="/rollouts/weights")


@dataclass(frozen=True, slots=True)
class SharesForm:
    """Percent by flow code as typed, and what is wrong with them; the fault of no field is of the whole."""

    typed: dict[str, str]
    faults: dict[str, str] = field(default_factory=dict)

    def weights(self) -> dict[str, int]:
        """Weights by flow code in 1/10 000; check `faults` then."""
        found = {}
        for name, given in self.typed.items():
            try:
                found[name.removeprefix("share.")] = rollout_typed.share(given or "0")
            except ValueError as error:
                self.faults[name] = str(error)
        total = sum(found.values())
        if not self.faults and total != TOTAL:
            self.faults[""] = f"They sum to {total / 100:g} %, and together they get 100 %."
        return found


@pages.get("/<code>")
@needs("read")
def show(code: str) -> str:
    """How traffic is shared now."""
    return _page(code, None)


@pages.post("/<code>")
@needs("write")
def share(code: str) -> Response | tuple[str, int]:
    """Share traffic so from now on."""
    names = [f"share.{flow.code}" for flow in _flows(code) if flow.active]
    form = SharesForm({name: request.form.get(name, "").strip()[:50] for name in names})
    given = form.weights()
    if not form.faults:
        try:
            flows.set_weights(world(), code, given, actor=_actor())
            return redirect(url_for("rollouts-shares.show", code=code), 303)
        except (Invalid, Conflict) as error:
            form.faults[""] = f"{error.message[:1].upper()}{error.message[1:]}."
    return _page(code, form), 422


@pages.post("/<code>/<flow>")
@needs("write")
def switch(code: str, flow: str) -> Response | tuple[str, int]:
    """Let a flow take part, or not."""
    try:
        edited = FlowEdit(active=request.form.get("active") == "yes")
        flows.change(world(), code, flow, edited, actor=_actor())
    except (Invalid, Conflict) as error:
        form = SharesForm(_typed(_flows(code)), {"": f"{error.message[:1].upper()}{error.message[1:]}."})
        return _page(code, form), 409
    return redirect(url_for("rollouts-shares.show", code=code), 303)


def _page(code: str, form: SharesForm | None) -> str:
    use_case, found = use_cases.get(world(), code), _flows(code)
    return render_template(
        "rollout_shares.html", use_case=use_case, found=found, form=form or SharesForm(_typed(found))
    )


def _typed(found: list[Flow]) -> dict[str, str]:
    return {f"share.{flow.code}": f"{flow.weight / 100:g}" for flow in found if flow.active}


def _flows(code: str) -> list[Flow]:
    found, _ = flows.page(world(), code, search=None, order="code", cursor=None, limit=100)
    return found


def _actor() -> str:
    visit = gate.visit()
    return "" if visit is None else visit.key.name

"""New comparisons: a form says who answers what, how answers are judged and what all of it may cost."""

from collections.abc import Sequence
from typing import Final, get_args

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.admin import comparison_shown, gate
from app.admin.comparison_form import FORMATS, TEXTS, CompareForm
from app.admin.gate import needs, world
from app.domain.comparison.comparison import MOST_CANDIDATES, Comparison, Rule
from app.domain.flow import Flow
from app.services import flows, prompts, use_cases
from app.services.comparing import comparisons

pages = Blueprint("comparisons-drafts", __name__, url_prefix="/comparisons/new")

PASTED_BYTES: Final = 4_000_000
SIMULATED: Final = "simulated"
RULES: Final = get_args(Rule)


@pages.url_value_preprocessor
def _room(*_: object) -> None:
    """Pasted inputs are longer than other forms; said before the form is read."""
    request.max_content_length = request.max_form_memory_size = PASTED_BYTES


@pages.get("")
@needs("write")
def blank() -> str:
    """The form of a new comparison; flows to choose from once a use case is."""
    code = request.args.get("use_case", "").strip() or None
    found = _flows(code)
    return _form(CompareForm.empty(code, value=_value(found)), found)


@pages.post("")
@needs("write")
def create() -> Response | tuple[str, int]:
    """Make a comparison; the engine begins with it at once."""
    code = request.form.get("use_case", "").strip() or None
    found = _flows(code)
    given = {name: request.form.getlist(name)[: 10 * MOST_CANDIDATES] for name in ("models", "flows")}
    form = CompareForm.sent(code, request.form, **given)
    wanted = form.wanted()
    made: list[Comparison] = []
    if wanted is not None and form.attempt(lambda: made.append(comparisons.create(world(), wanted, actor=_actor()))):
        return redirect(url_for("comparisons.open_one", id=made[0].id), 303)
    return _form(form, found), 422


def _flows(code: str | None) -> list[Flow]:
    """The flows of the use case, active or not. Raises NotFound."""
    if code is None:
        return []
    use_cases.get(world(), code)
    return flows.page(world(), code, search=None, order="code", cursor=None, limit=100)[0]


def _value(found: Sequence[Flow]) -> str:
    """The first name that a flow's first prompt asks for, as most of the traffic meets it."""
    for flow in sorted(found, key=lambda each: -each.weight):
        first = flow.steps[0]
        names = [
            *prompts.placeholders(first.prompt, field="prompt"),
            *prompts.placeholders(first.system, field="system"),
        ]
        if names:
            return names[0]
    return TEXTS["value"]


def _form(form: CompareForm, found: list[Flow]) -> str:
    models = [model for model in world().catalogue.by_capability("chat") if model.provider in world().endpoints]
    models.sort(key=lambda model: model.provider != SIMULATED)  # what costs nothing is seen without scrolling
    return render_template(
        "comparison_form.html",
        form=form,
        found=found,
        models=models,
        slugs=[model.slug for model in models],
        owners=comparison_shown.use_case_codes(world()),
        rules=RULES,
        formats=FORMATS,
    )


def _actor() -> str:
    visit = gate.visit()
    return "" if visit is None else visit.key.name

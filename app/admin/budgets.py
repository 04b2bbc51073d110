"""Budgets: what may be spent, what is, and what has been told; new ones, other limits, and an end."""

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.admin import shown
from app.admin.budget_form import ACTIONS, UNITS, BudgetForm
from app.admin.gate import needs, world
from app.domain.budget import SCOPES
from app.domain.period import PERIODS
from app.services import budgets
from app.services.budgets import Edit, State

pages = Blueprint("budgets", __name__, url_prefix="/budgets")

PER_PAGE: Final = 50
ALERTS: Final = 20
CHOICES: Final = {"scopes": SCOPES, "units": UNITS, "periods": PERIODS, "actions": ACTIONS}


@dataclass(frozen=True, slots=True)
class Line:
    """A budget as it is shown; shares in percent of the limit, `tone` and `word` say how it stands."""

    state: State
    left: int
    spent: float
    held: float
    tone: str
    word: str
    ends_in_s: float | None
    target: str | None


@pages.get("")
@needs("read")
def show() -> str:
    """The list; the part that renews itself alone when the page asks for it."""
    cursor = request.args.get("cursor")
    found, following = budgets.page(world(), cursor=cursor, limit=PER_PAGE)
    raised, _ = budgets.alerts(world(), name=None, cursor=None, limit=ALERTS)
    page = "budgets_list.html" if request.headers.get("HX-Request") else "budgets.html"
    lines = [_line(state) for state in found]
    return render_template(page, lines=lines, following=following, alerts=raised, cursor=cursor, now=world().now())


@pages.get("/new")
@needs("admin")
def blank() -> str:
    """The form of a new budget."""
    return render_template("budget_new.html", form=BudgetForm.empty(), **CHOICES)


@pages.post("/new")
@needs("admin")
def create() -> Response | tuple[str, int]:
    """Create a budget."""
    form = BudgetForm.sent(request.form)
    wanted = form.wanted()
    if wanted is not None and form.attempt(lambda: budgets.create(world(), wanted)):
        return redirect(url_for("budgets.show"), 303)
    return render_template("budget_new.html", form=form, **CHOICES), 422


@pages.get("/<uuid:id>")
@needs("read")
def open_one(id: object) -> str:
    """One budget: where it stands, who has spent what, and the form that changes it."""
    state = budgets.get(world(), str(id))
    return _one(state, BudgetForm.of(state.budget))


@pages.post("/<uuid:id>")
@needs("admin")
def change(id: object) -> Response | tuple[str, int]:
    """Change a budget."""
    state = budgets.get(world(), str(id))
    form = BudgetForm.sent(request.form)
    wanted = form.edit(state.budget.unit)
    if wanted is not None and form.attempt(lambda: budgets.change(world(), state.budget.id, wanted)):
        return redirect(url_for("budgets.show"), 303)
    return _one(state, form), 422


@pages.post("/<uuid:id>/switch")
@needs("admin")
def switch(id: object) -> Response:
    """Let a budget count, or let it rest."""
    budgets.change(world(), str(id), Edit(active=request.form.get("active") == "yes"))
    return redirect(url_for("budgets.show"), 303)


def _one(state: State, form: BudgetForm) -> str:
    parts: list[State] = []
    if state.budget.for_each:
        parts, _ = budgets.parts(world(), state.budget.id, cursor=None, limit=PER_PAGE)
    shares = [_line(part) for part in parts]
    return render_template("budget.html", line=_line(state), parts=shares, form=form, **CHOICES)


def _line(state: State) -> Line:
    budget, balance = state.budget, state.balance
    spent, promised = shown.percent(balance.settled, budget.limit), balance.settled + balance.reserved
    tone, word = _standing(state)
    ends_at = state.span.ends_at
    return Line(
        state,
        left=budget.limit - promised,
        spent=spent,
        held=max(0.0, shown.percent(promised, budget.limit) - spent),
        tone=tone,
        word=word,
        ends_in_s=None if ends_at is None else (ends_at - world().now()).total_seconds(),
        target=_target(state),
    )


def _standing(state: State) -> tuple[str, str]:
    """Colour and word: by the highest threshold that is crossed."""
    budget, settled = state.budget, state.balance.settled
    if not budget.active:
        return "off", "switched off"
    if settled >= budget.limit:
        return "bad", "used up" if budget.action == "block" else "over its limit"
    crossed = [percent for percent in budget.thresholds if 100 * settled >= percent * budget.limit]
    return ("warn", f"over {max(crossed)} %") if crossed else ("good", "within its limit")


def _target(state: State) -> str | None:
    """For whom or what it is, as people know it."""
    value = state.budget.scope_value
    if state.budget.scope == "use-case" and value is not None:
        found = world().snapshots.current.use_cases_by_id.get(value)
        return value if found is None else found.code
    return value

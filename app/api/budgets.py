"""Budgets: limits of money or tokens by scope and period, where they stand, and the alerts they have raised."""

from flask import Response

from app.api import http
from app.api.budget_payloads import AlertsQuery, BalanceOut, BudgetAlertOut, BudgetOut, BudgetPatch
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import ById, Page, Paging
from app.api.world import world
from app.services import budgets
from app.services.budget_form import BudgetForm

door = Door("budgets")


@door.get("/budgets", responses={200: Page[BudgetOut]})
@scope("read")
def list_budgets(query: Paging) -> Response:
    """Read budgets by name, with where they stand."""
    found, following = budgets.page(world(), cursor=query.cursor, limit=query.limit)
    return http.answer(Page[BudgetOut](items=[BudgetOut.of(state) for state in found], next=following))


@door.post("/budgets", responses={201: BudgetOut})
@scope("admin")
def create_budget(body: BudgetForm) -> Response:
    """Create a budget."""
    made = budgets.create(world(), body.to_domain())
    return http.created(BudgetOut.of(budgets.get(world(), made.id)))


@door.get("/budgets/<id>", responses={200: BudgetOut})
@scope("read")
def get_budget(path: ById) -> Response:
    """Read a budget and where it stands."""
    return http.answer(BudgetOut.of(budgets.get(world(), str(path.id))))


@door.patch("/budgets/<id>", responses={200: BudgetOut})
@scope("admin")
def change_budget(path: ById, body: BudgetPatch) -> Response:
    """Change limit, thresholds or action of a budget, or switch it on or off."""
    changed = budgets.change(world(), str(path.id), body.to_domain())
    return http.answer(BudgetOut.of(budgets.get(world(), changed.id)))


@door.delete("/budgets/<id>", responses={204: None})
@scope("admin")
def delete_budget(path: ById) -> Response:
    """Delete a budget with all that it has counted; its alerts stay."""
    budgets.remove(world(), str(path.id))
    return http.no_content()


@door.get("/budgets/<id>/periods", responses={200: Page[BalanceOut]})
@scope("read")
def list_periods(path: ById, query: Paging) -> Response:
    """Read who has spent what of a budget in which period, the latest first."""
    found, following = budgets.history(world(), str(path.id), cursor=query.cursor, limit=query.limit)
    return http.answer(Page[BalanceOut](items=[BalanceOut.of(state) for state in found], next=following))


@door.get("/budget-alerts", responses={200: Page[BudgetAlertOut]})
@scope("read")
def list_alerts(query: AlertsQuery) -> Response:
    """Read alerts, newest first."""
    found, following = budgets.alerts(world(), name=query.budget, cursor=query.cursor, limit=query.limit)
    return http.answer(Page[BudgetAlertOut](items=[BudgetAlertOut.of(alert) for alert in found], next=following))

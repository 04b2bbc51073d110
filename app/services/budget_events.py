"""What an alert of a budget says as an event: a threshold was crossed, and whether calls are refused from now on."""

from datetime import datetime
from typing import Final

from app.db import budgets as budget_rows
from app.db import events as rows
from app.db.uow import Tx
from app.domain.budget_alert import BudgetAlert
from app.domain.errors import NotFound
from app.domain.event import Event
from app.services.ids import new_id

ALL: Final = 100  # percent


def record(tx: Tx, alert: BudgetAlert, moment: datetime) -> None:
    """Write the event in the unit of work in which the alert is taken to be told, which happens once."""
    blocked = _blocks(tx, alert)
    data: dict[str, object] = {
        "kind": alert.kind,
        "name": alert.name,
        "threshold_percent": alert.threshold,
        "period_starts_at": alert.starts_at.isoformat(),
        "settled": alert.settled,
        "limit": alert.limit,
    }
    event = Event(
        id=new_id(),
        at=moment,
        kind="budget.blocked" if blocked else "budget.warned",
        about=alert.budget_id or alert.name,
        use_case_id=None,
        experiment_id=None,
        actor=None,
        text=_text(alert, blocked=blocked),
        data=data,
    )
    rows.add(tx, event)


def _blocks(tx: Tx, alert: BudgetAlert) -> bool:
    if alert.budget_id is None or alert.threshold is None or alert.threshold < ALL:
        return False
    try:
        return budget_rows.get(tx, alert.budget_id).action == "block"
    except NotFound:
        return False


def _text(alert: BudgetAlert, *, blocked: bool) -> str:
    if alert.kind == "unpriced":
        return f"{alert.name} was called, whose price is unknown"
    used = f"budget {alert.name} is used to {alert.threshold} %"
    return f"{used}: further calls are refused" if blocked else used

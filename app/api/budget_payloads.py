"""Shapes of budgets, of where they stand, and of their alerts; money as decimal text, tokens as whole numbers."""

from datetime import datetime

from pydantic import model_validator

from app.api import codes
from app.api.payloads import Name, Out, Paging, Payload, usd
from app.domain.budget import Action, Budget
from app.domain.budget_alert import BudgetAlert
from app.services.budget_form import Thresholds, TokenLimit, UsdText, limit_of
from app.services.budgets import Edit, State


class BudgetPatch(Payload):
    """What is to change; what is left out or null stays. The limit keeps its unit."""

    limit_usd: UsdText | None = None
    limit_tokens: TokenLimit | None = None
    thresholds: Thresholds | None = None
    action: Action | None = None
    active: bool | None = None

    @model_validator(mode="after")
    def _one_limit(self) -> "BudgetPatch":
        if self.limit_usd is not None and self.limit_tokens is not None:
            raise ValueError("either limit_usd or limit_tokens is expected")
        return self

    def to_domain(self) -> Edit:
        """What the service makes of it."""
        unit, limit = limit_of(self.limit_usd, self.limit_tokens)
        thresholds = None if self.thresholds is None else tuple(self.thresholds)
        return Edit(limit=limit, unit=unit, thresholds=thresholds, action=self.action, active=self.active)


class BalanceOut(Out):
    """Where a budget stands in one period, `who`: whose part of it, empty for all.

    `limit` is the budget's as it is now, `settled` is spent, `reserved` promised to calls under way and to processes;
    `percent` is what is settled of the limit. `remaining` falls below 0 when a call has cost more than it could at
    most, or was reported afterwards.
    """

    who: str
    starts_at: datetime
    ends_at: datetime | None
    limit_usd: str | None
    limit_tokens: int | None
    settled_usd: str | None
    settled_tokens: int | None
    reserved_usd: str | None
    reserved_tokens: int | None
    remaining_usd: str | None
    remaining_tokens: int | None
    percent: float | None

    @classmethod
    def of(cls, state: State) -> "BalanceOut":
        """The state."""
        budget, balance = state.budget, state.balance
        remaining = budget.limit - balance.settled - balance.reserved
        limit, settled, reserved, left = (
            _both(budget, amount) for amount in (budget.limit, balance.settled, balance.reserved, remaining)
        )
        return cls(
            who=state.who,
            starts_at=state.span.starts_at,
            ends_at=state.span.ends_at,
            limit_usd=limit[0],
            limit_tokens=limit[1],
            settled_usd=settled[0],
            settled_tokens=settled[1],
            reserved_usd=reserved[0],
            reserved_tokens=reserved[1],
            remaining_usd=left[0],
            remaining_tokens=left[1],
            percent=round(100 * balance.settled / budget.limit, 2) if budget.limit else None,
        )


class BudgetOut(Out):
    """A budget; `state` is null where everyone has the limit for themselves (see `/budgets/{id}/periods`)."""

    id: str
    name: str
    scope: str
    scope_value: str | None
    for_each: bool
    limit_usd: str | None
    limit_tokens: int | None
    period: str
    time_zone: str
    action: str
    thresholds: list[int]
    active: bool
    source: str
    created_at: datetime
    updated_at: datetime
    state: BalanceOut | None

    @classmethod
    def of(cls, state: State) -> "BudgetOut":
        """The budget and its state."""
        budget = state.budget
        limit = _both(budget, budget.limit)
        value = codes.use_case_code(budget.scope_value) if budget.scope == "use-case" else None
        return cls(
            id=budget.id,
            name=budget.name,
            scope=budget.scope,
            scope_value=value or budget.scope_value,
            for_each=budget.for_each,
            limit_usd=limit[0],
            limit_tokens=limit[1],
            period=budget.period,
            time_zone=budget.time_zone,
            action=budget.action,
            thresholds=list(budget.thresholds),
            active=budget.active,
            source=budget.source,
            created_at=budget.created_at,
            updated_at=budget.updated_at,
            state=None if budget.for_each else BalanceOut.of(state),
        )


class AlertsQuery(Paging):
    """Which alerts, and which part of the list; `budget` is a name."""

    budget: Name | None = None


class BudgetAlertOut(Out):
    """A threshold was crossed (`kind` threshold), or a model without a price was called (`name` is the model)."""

    id: str
    at: datetime
    kind: str
    name: str
    budget_id: str | None
    who: str
    starts_at: datetime
    threshold: int | None

    @classmethod
    def of(cls, alert: BudgetAlert) -> "BudgetAlertOut":
        """The alert."""
        return cls(
            id=alert.id,
            at=alert.at,
            kind=alert.kind,
            name=alert.name,
            budget_id=alert.budget_id,
            who=alert.who,
            starts_at=alert.starts_at,
            threshold=alert.threshold,
        )


def _both(budget: Budget, amount: int) -> tuple[str | None, int | None]:
    """The amount as money or as tokens."""
    return (usd(amount), None) if budget.unit == "usd" else (None, amount)

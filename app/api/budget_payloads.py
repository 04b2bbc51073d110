"""Shapes of budgets, of where they stand, and of their alerts; money as decimal text, tokens as whole numbers."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from app.api import codes
from app.api.payloads import Line, Name, Out, Paging, Payload, usd
from app.domain.budget import THRESHOLDS, Action, Budget, BudgetUnit, Scope
from app.domain.budget_alert import BudgetAlert
from app.domain.money import from_usd
from app.domain.period import Period
from app.services.budgets import Edit, State, Wanted

MOST_NANOS = 10**18


def _amount(text: str) -> str:
    if from_usd(text) > MOST_NANOS:
        raise ValueError("at most 1000000000 is expected")
    return text


UsdText = Annotated[
    str,
    StringConstraints(pattern=r"^\d{1,10}(\.\d{1,9})?$"),
    AfterValidator(_amount),
    Field(description="US dollars as decimal text"),
]
TokenLimit = Annotated[int, Field(ge=0, le=10**15)]
Thresholds = Annotated[
    list[Annotated[int, Field(ge=1, le=1_000)]], Field(max_length=10, description="percent of the limit")
]


class BudgetIn(Payload):
    """A new budget with either `limit_usd` or `limit_tokens`.

    Without a `scope_value` everyone under the scope has the limit for themselves: each user, each key. A tag is named
    `name=value`, or `name` for each value of it; a use case by its code or id, a flow as `use-case/flow` or by its id,
    a model by any of its names, everything else by its id or name. What does not exist is refused.
    """

    name: Name
    scope: Scope = "global"
    scope_value: Line | None = None
    limit_usd: UsdText | None = None
    limit_tokens: TokenLimit | None = None
    period: Period
    time_zone: Name = "UTC"
    action: Action = "block"
    thresholds: Thresholds = Field(default_factory=lambda: list(THRESHOLDS))
    active: bool = True

    @model_validator(mode="after")
    def _one_limit(self) -> "BudgetIn":
        if (self.limit_usd is None) == (self.limit_tokens is None):
            raise ValueError("either limit_usd or limit_tokens is expected")
        return self

    def to_domain(self) -> Wanted:
        """What the service makes of it."""
        unit, limit = _limit(self.limit_usd, self.limit_tokens)
        return Wanted(
            name=self.name,
            scope=self.scope,
            scope_value=self.scope_value,
            unit=unit or "usd",
            limit=limit or 0,
            period=self.period,
            time_zone=self.time_zone,
            action=self.action,
            thresholds=tuple(self.thresholds),
            active=self.active,
        )


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
        unit, limit = _limit(self.limit_usd, self.limit_tokens)
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


def _limit(in_usd: str | None, in_tokens: int | None) -> tuple[BudgetUnit | None, int | None]:
    if in_usd is not None:
        return "usd", from_usd(in_usd)
    return (None, None) if in_tokens is None else ("tokens", in_tokens)


def _both(budget: Budget, amount: int) -> tuple[str | None, int | None]:
    """The amount as money or as tokens."""
    return (usd(amount), None) if budget.unit == "usd" else (None, amount)

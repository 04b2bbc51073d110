"""The shape in which a budget is written down, the same at every door; money as decimal text, tokens as numbers."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from app.domain.budget import THRESHOLDS, Action, BudgetUnit, Scope
from app.domain.money import from_usd
from app.domain.period import Period
from app.services.budgets import Wanted
from app.services.rollout_form import Code, Form, Line

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


class BudgetForm(Form):
    """A new budget with either `limit_usd` or `limit_tokens`.

    Without a `scope_value` everyone under the scope has the limit for themselves: each user, each key. A tag is named
    `name=value`, or `name` for each value of it; a use case by its code or id, a flow as `use-case/flow` or by its id,
    a model by any of its names, everything else by its id or name. What does not exist is refused.
    """

    name: Code
    scope: Scope = "global"
    scope_value: Line | None = None
    limit_usd: UsdText | None = None
    limit_tokens: TokenLimit | None = None
    period: Period
    time_zone: Code = "UTC"
    action: Action = "block"
    thresholds: Thresholds = Field(default_factory=lambda: list(THRESHOLDS))
    active: bool = True

    @model_validator(mode="after")
    def _one_limit(self) -> "BudgetForm":
        if (self.limit_usd is None) == (self.limit_tokens is None):
            raise ValueError("either limit_usd or limit_tokens is expected")
        return self

    def to_domain(self) -> Wanted:
        """What the service makes of it."""
        unit, limit = limit_of(self.limit_usd, self.limit_tokens)
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


def limit_of(in_usd: str | None, in_tokens: int | None) -> tuple[BudgetUnit | None, int | None]:
    """Unit and amount, in nano-dollars or tokens; None for both where nothing is said."""
    if in_usd is not None:
        return "usd", from_usd(in_usd)
    return (None, None) if in_tokens is None else ("tokens", in_tokens)

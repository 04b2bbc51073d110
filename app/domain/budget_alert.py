"""An alert tells once that a budget has crossed a threshold, or that money is spent which nobody can count."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetAlert:
    """A budget has crossed a threshold, or a model without a price was called (`name` is then the model).

    `settled` and `limit` in the budget's unit at that moment. `told`: it was logged.
    """

    id: str = ""
    at: datetime
    kind: Literal["threshold", "unpriced"]
    name: str
    budget_id: str | None = None
    who: str = ""
    starts_at: datetime
    threshold: int | None = None
    settled: int | None = None
    limit: int | None = None
    told: bool = False

"""A budget limits the money or the tokens of whoever falls under its scope, period by period."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, get_args

from app.domain.message import Json
from app.domain.model import PER_TOKENS, Price, worst_case
from app.domain.period import Period, Span

Scope = Literal[
    "global", "key", "owner", "team", "user", "use-case", "flow", "experiment", "provider", "model", "tag"
]  # fmt: skip
BudgetUnit = Literal["usd", "tokens"]
Action = Literal["block", "alert"]
Unpriced = Literal["allow", "block", "ceiling"]
Offline = Literal["share", "block", "allow"]

SCOPES: Final[tuple[str, ...]] = get_args(Scope)
THRESHOLDS: Final = (50, 80, 100)
MONTHLY: Final = "monthly"  # the name of the budget that the environment declares
EVERYONE: Final = ""  # `who` of a budget that is one for all that fall under it
SHARE_PERCENT: Final = 1  # a process takes a hundredth of what is left, so that many can hold something
COLD_PERCENT: Final = 1  # of the limit; what one that starts without the store may spend
AHEAD: Final = 20  # or as much as so many of its dearest calls


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """`limit` is in nano-dollars or tokens. `scope_value` None = a limit for each one separately.

    A tag's `scope_value` is `name=value`, or `name` for each value of that tag. `thresholds` are percent of the limit.
    `source` `environment`: declared by the operator, not edited by people.
    """

    id: str
    name: str
    scope: Scope
    scope_value: str | None
    unit: BudgetUnit
    limit: int
    period: Period
    time_zone: str
    action: Action
    thresholds: tuple[int, ...]
    active: bool
    source: Literal["stored", "environment"]
    created_at: datetime
    updated_at: datetime

    @property
    def for_each(self) -> bool:
        """Whether everyone under the scope has a limit of their own."""
        if self.scope == "tag":
            return "=" not in (self.scope_value or "")
        return self.scope != "global" and self.scope_value is None


@dataclass(frozen=True, slots=True)
class Bill:
    """What a call would cost at most, and who is behind it. `worst_cost` in nano-dollars, None = unpriced."""

    at: datetime
    provider: str
    model: str
    worst_cost: int | None
    worst_tokens: int
    key_id: str | None = None
    owner: str | None = None
    team: str | None = None
    user_id: str | None = None
    use_case_id: str | None = None
    flow_id: str | None = None
    experiment_id: str | None = None
    tags: Json = field(default_factory=dict)

    def faces(self) -> Iterator[tuple[Scope, str]]:
        """Scope and value under which budgets may count it, tags apart."""
        for scope, value in (
            ("key", self.key_id),
            ("owner", self.owner),
            ("team", self.team),
            ("user", self.user_id),
            ("use-case", self.use_case_id),
            ("flow", self.flow_id),
            ("experiment", self.experiment_id),
            ("provider", self.provider),
            ("model", self.model),
        ):
            if value is not None:
                yield scope, value  # type: ignore[misc]  # the literals above are scopes


@dataclass(frozen=True, slots=True)
class Due:
    """One budget that a bill falls under: whose part of it, and in which period."""

    budget: Budget
    who: str
    span: Span

    @property
    def key(self) -> "Key":
        """What names the period in the store."""
        return self.budget.id, self.who, self.span.starts_at


Key = tuple[str, str, datetime]  # budget id, who, start of the period


@dataclass(frozen=True, slots=True)
class Charge:
    """What a call has cost one budget in one period; taken out of the grant that was held for it, if one was."""

    budget_id: str
    who: str
    starts_at: datetime
    amount: int
    grant_id: str | None = None

    @property
    def key(self) -> Key:
        """What names the period in the store."""
        return self.budget_id, self.who, self.starts_at


@dataclass(frozen=True, slots=True)
class Balance:
    """What a period has spent for good, and what is promised to processes besides."""

    settled: int
    reserved: int


def chunk(need: int, worst: int, remainder: int, *, percent: int = SHARE_PERCENT) -> int | None:
    """How much a process takes at once of what is left: at least `need`, or None when not even that is left.

    More than `need` up to `AHEAD` calls of the `worst` cost, but no more than `percent` of what is left.
    """
    if need > remainder:
        return None
    return max(need, min(part(remainder, percent), AHEAD * worst))


def part(amount: int, percent: int) -> int:
    """So many percent of the amount, rounded down; nothing of a debt."""
    return max(0, amount) * percent // 100


def flat(tokens: int, ceiling: int) -> int:
    """Nano-dollars of tokens whose price is unknown; `ceiling` in nano-dollars per million tokens, rounded up."""
    return -(-tokens * ceiling // PER_TOKENS)


def worst_cost(price: Price | None, input_tokens: int, max_output: int, *, ceiling: int | None = None) -> int | None:
    """The most that a call can cost; without a price at the flat `ceiling` if one is given, else None."""
    if price is not None:
        return worst_case(price, input_tokens, max_output)
    return None if ceiling is None else flat(input_tokens + max_output, ceiling)


def crossed(thresholds: tuple[int, ...], *, limit: int, before: int, after: int) -> list[int]:
    """The thresholds, in percent of the limit, that lie above `before` and not above `after`."""
    return [percent for percent in thresholds if 100 * before < percent * limit <= 100 * after]

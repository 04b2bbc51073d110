"""What calls have cost together, group by group, and what the same tokens would have cost at another model's prices."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Final, Literal, get_args

from app.domain.message import Usage
from app.domain.model import PER_TOKENS, Price, Rates, millionths
from app.domain.money import divide_half_even

By = Literal["model", "task", "provider", "use-case", "flow", "key", "owner", "team", "user", "day", "month"]

BY: Final[tuple[str, ...]] = get_args(By)
TIMES: Final = frozenset({"day", "month"})


@dataclass(frozen=True, slots=True)
class Band:
    """Calls from `since` on with a prompt of more than `above` tokens have these rates."""

    since: datetime
    above: int
    rates: Rates


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Sums over calls; money in nano-dollars. `cost` is the sum of the known, `unpriced` counts the others.

    `input_tokens` are all that was read, `output_tokens` all that was written; `saved` is what kept answers had cost.
    `baseline` is what the tokens of the calls of known cost would have cost at another model, None = unknown.
    """

    calls: int = 0
    errors: int = 0
    cached: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: int = 0
    unpriced: int = 0
    saved: int = 0
    baseline: int | None = None

    @property
    def difference(self) -> int | None:
        """The baseline's cost less this one: above 0 = the baseline would have been dearer."""
        return None if self.baseline is None else self.baseline - self.cost

    @property
    def percent(self) -> float | None:
        """The difference as a share of the baseline's cost."""
        difference = self.difference
        return None if difference is None or not self.baseline else round(100 * difference / self.baseline, 2)


def bands(prices: Sequence[Price], *, since: datetime, until: datetime) -> list[Band]:
    """The bands of prices, ascending by day, that calls of the span can fall into; of two that fit the first counts."""
    starts = [datetime.combine(price.valid_from, time(), UTC) for price in prices]
    found: list[Band] = []
    for start, price in reversed(list(zip(starts, prices, strict=True))):
        if start < until:
            found += (Band(start, tier.above, tier.rates) for tier in reversed(price.tiers))
            found.append(Band(start, -1, price.rates))
        if start <= since:
            break
    return found


def priced(tokens: Iterable[tuple[Rates | None, Usage]]) -> int | None:
    """Nano-dollars of sums of tokens, rounded once; None as soon as tokens have no rate."""
    every = [(rates, usage) for rates, usage in tokens if usage.total_tokens]
    if any(rates is None for rates, _ in every):
        return None
    return divide_half_even(sum(millionths(rates, usage) for rates, usage in every if rates is not None), PER_TOKENS)


def total(every: Iterable[Spent]) -> Spent:
    """All of them together; the baseline is unknown as soon as one is."""
    spent = list(every)
    names = [name for name in Spent.__dataclass_fields__ if name != "baseline"]
    baselines = [each.baseline for each in spent]
    return Spent(
        **{name: sum(getattr(each, name) for each in spent) for name in names},
        baseline=None if None in baselines else sum(each for each in baselines if each is not None),
    )

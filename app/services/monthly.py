"""Where the environment's monthly budget stands, with the calls of its month."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.db import budgets, periods, spending
from app.db.periods import NOTHING
from app.domain.budget import EVERYONE, MONTHLY
from app.domain.period import span
from app.services.world import World


@dataclass(frozen=True, slots=True)
class Month:
    """Money in nano-dollars; `limit` None = there is no such budget now.

    `spent` is what the budget has settled; without a budget the known costs of the month. `calls` counts attempts.
    """

    year: int
    month: int
    limit: int | None
    spent: int
    calls: int


def month(world: World) -> Month:
    """The present month in the budget's time zone."""
    moment = world.now()
    with world.store.read() as tx:
        budget = budgets.named(tx, MONTHLY)
        zone = "UTC" if budget is None else budget.time_zone
        now = span("month", zone, moment)
        calls, cost = spending.everything(tx, since=now.starts_at, until=now.ends_at)
        here = moment.astimezone(ZoneInfo(zone))
        if budget is None or not budget.active:
            return Month(here.year, here.month, None, cost, calls)
        key = (budget.id, EVERYONE, now.starts_at)
        settled = periods.balances(tx, [key]).get(key, NOTHING).settled
    return Month(here.year, here.month, budget.limit, settled, calls)

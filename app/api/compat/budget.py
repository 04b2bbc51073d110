"""The budget of the month as the seed's `GET /api/budget` told it: money and percent as numbers."""

from flask import Response

from app.api import http
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import Out
from app.api.world import world
from app.domain.money import NANOS_PER_USD
from app.services import monthly
from app.services.monthly import Month

door = Door("compat-budget", prefix="/api")


class MonthOut(Out):
    """The present month of the budget that `MONTHLY_BUDGET_USD` declares; US dollars and percent as numbers.

    Limit, remainder and percentage are null where that budget is off. The remainder falls below 0 when more was spent.
    """

    year: int
    month: int
    monthly_limit: float | None
    total_spent: float
    remaining: float | None
    percentage_used: float | None
    request_count: int

    @classmethod
    def of(cls, found: Month) -> "MonthOut":
        """The month; of a limit of nothing, all is used."""
        limit = found.limit
        used = None if limit is None else round(100 * found.spent / limit, 2) if limit else 100.0
        return cls(
            year=found.year,
            month=found.month,
            monthly_limit=None if limit is None else limit / NANOS_PER_USD,
            total_spent=found.spent / NANOS_PER_USD,
            remaining=None if limit is None else (limit - found.spent) / NANOS_PER_USD,
            percentage_used=used,
            request_count=found.calls,
        )


@door.get("/budget", responses={200: MonthOut})
@scope("read")
def read_budget() -> Response:
    """Read where the budget of the month stands, in numbers."""
    return http.answer(MonthOut.of(monthly.month(world())))

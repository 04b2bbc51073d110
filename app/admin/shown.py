"""How numbers and moments are written on pages."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from flask import Flask

from app.domain.budget import BudgetUnit
from app.domain.money import NANOS_PER_USD, to_usd

NONE: Final = "–"


def amount(value: int, unit: BudgetUnit) -> str:
    """Dollars to the cent, less than a cent as it is; tokens in groups of three digits."""
    if unit == "tokens":
        return f"{value:,} tokens".replace("-", "−")
    sign, nanos = ("−" if value < 0 else ""), abs(value)
    if 0 < nanos < NANOS_PER_USD // 100:
        return f"{sign}${to_usd(nanos)}"
    return f"{sign}${Decimal(nanos) / NANOS_PER_USD:,.2f}"


def moment(at: datetime | None) -> str:
    """Date and time in UTC."""
    return NONE if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def span(seconds: float) -> str:
    """A length of time in its two largest units."""
    left = max(0, round(seconds))
    for unit, length, smaller, part in (("d", 86_400, "h", 3_600), ("h", 3_600, "min", 60), ("min", 60, "s", 1)):
        if left >= length:
            rest = left % length // part
            return f"{left // length} {unit}" + (f" {rest} {smaller}" if rest else "")
    return f"{left} s"


def percent(part: int, whole: int) -> float:
    """Which share of a hundred, between 0 and 100; of nothing it is all."""
    if whole <= 0:
        return 100.0
    return round(min(100.0, max(0.0, 100 * part / whole)), 2)


def register(app: Flask) -> None:
    """Let pages write so."""
    app.jinja_env.filters.update(amount=amount, moment=moment, span=span)

"""Prices as rows: what an operator or an import has set for a model from one UTC day on."""

from collections import defaultdict
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Row, delete, select

from app.db.insert import insert
from app.db.tables import prices
from app.db.uow import Tx
from app.domain.model import LongPrompt, Price, Rates

LINES: Final = tuple(Rates.__dataclass_fields__)


def all_of(tx: Tx) -> dict[str, tuple[Price, ...]]:
    """Prices by model slug, ascending by day."""
    found: dict[str, list[Price]] = defaultdict(list)
    for row in tx.execute(select(prices).order_by(prices.c.model, prices.c.valid_from)):
        found[row.model].append(_price(row))
    return {model: tuple(some) for model, some in found.items()}


def put(tx: Tx, model: str, price: Price, *, actor: str, moment: datetime) -> None:
    """Stores the price in place of one of the same model and day."""
    values = {
        "source": price.source,
        "checked": price.checked,
        **_rates(price.rates),
        "tiers": [{"above": tier.above, **_rates(tier.rates)} for tier in price.tiers],
        "created_at": moment,
        "actor": actor,
    }
    fresh = insert(tx, prices).values(model=model, valid_from=price.valid_from, **values)
    changed = {name: fresh.excluded[name] for name in values}
    tx.execute(fresh.on_conflict_do_update(index_elements=[prices.c.model, prices.c.valid_from], set_=changed))


def clear(tx: Tx, model: str, valid_from: date) -> bool:
    """Whether there was a row to take away."""
    asked = (prices.c.model == model, prices.c.valid_from == valid_from)
    return tx.execute(delete(prices).where(*asked)).rowcount == 1


def _rates(rates: Rates) -> dict[str, int]:
    return {line: getattr(rates, line) for line in LINES}


def _price(row: Row[Any]) -> Price:
    values = row._mapping
    return Price(
        valid_from=values["valid_from"],
        source=values["source"],
        checked=values["checked"],
        rates=Rates(**{line: values[line] for line in LINES}),
        tiers=tuple(
            LongPrompt(above=tier["above"], rates=Rates(**{line: tier[line] for line in LINES}))
            for tier in values["tiers"]
        ),
    )

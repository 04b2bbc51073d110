"""Anthropic's exports: the pages of its usage and cost reports, and the CSV files of its console.

Shapes as in the vendor's API reference (`/v1/organizations/usage_report/messages`, `/v1/organizations/cost_report`).
"""

from collections.abc import Iterator
from decimal import Decimal

from app.domain.statement import EVERY, Told
from app.services.statement_csv import rows
from app.services.statement_json import Member, found_in, is_json

BEGIN, END = "starting_at", "ending_at"
CENTS = Decimal(100)
READ = (
    "usage_input_tokens_no_cache",
    "usage_input_tokens_cache_write_5m",
    "usage_input_tokens_cache_write_1h",
    "usage_input_tokens_cache_read",
)


def usage(text: str) -> Iterator[Told]:
    """Tokens; the vendor counts no requests."""
    return _usage_json(text) if is_json(text) else _usage_csv(text)


def costs(text: str) -> Iterator[Told]:
    """Amounts: JSON in cents, CSV in dollars, as the vendor writes them."""
    return _costs_json(text) if is_json(text) else _costs_csv(text)


def _usage_json(text: str) -> Iterator[Told]:
    for day, found in found_in(text, begin=BEGIN, end=END):
        if found.get("model").value is None:
            raise found.get("model").fault("group the export by model")
        written = found.get("cache_creation")
        kinds = ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")
        yield Told(
            day,
            found.get("model").text(),
            input_tokens=found.get("uncached_input_tokens").whole()
            + found.get("cache_read_input_tokens").whole()
            + (0 if written.value is None else sum(written.get(kind).whole() for kind in kinds)),
            output_tokens=found.get("output_tokens").whole(),
        )


def _usage_csv(text: str) -> Iterator[Told]:
    for row in rows(text, needs=("usage_date_utc", "model_version", READ[0], "usage_output_tokens")):
        yield Told(
            row.day("usage_date_utc"),
            row.text("model_version"),
            input_tokens=sum(row.whole(column) for column in READ),
            output_tokens=row.whole("usage_output_tokens"),
        )


def _costs_json(text: str) -> Iterator[Told]:
    for day, found in found_in(text, begin=BEGIN, end=END):
        currency = found.get("currency")
        if currency.text().upper() != "USD":
            raise currency.fault("US dollars are expected")
        yield Told(day, _name(found), cost=found.get("amount").amount() / CENTS)


def _costs_csv(text: str) -> Iterator[Told]:
    for row in rows(text, needs=("usage_date_utc", "model", "cost_usd")):
        other = row.cells.get("cost_type") or "other"
        yield Told(row.day("usage_date_utc"), row.cells.get("model") or other, cost=row.amount("cost_usd"))


def _name(found: Member) -> str:
    """The model; what is billed beside models, as searches, goes by its description; without either it is the day."""
    named = next((member for key in ("model", "description") if (member := found.get(key)).value is not None), None)
    return EVERY if named is None else named.text()

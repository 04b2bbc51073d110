"""OpenAI's exports: the pages of its usage and costs endpoints, and the CSV files of its dashboard.

Shapes as in the vendor's API reference (`/v1/organization/usage/completions`, `/v1/organization/costs`).
"""

from collections.abc import Iterator

from app.domain.statement import EVERY, Told
from app.services.statement_csv import Row, rows
from app.services.statement_json import Member, found_in, is_json

BEGIN, END = "start_time", "end_time"


def usage(text: str) -> Iterator[Told]:
    """Requests and tokens; cached tokens stand inside the input."""
    return _usage_json(text) if is_json(text) else _usage_csv(text)


def costs(text: str) -> Iterator[Told]:
    """Amounts; a line item begins with its model (`gpt-4o-2024-08-06, input`), none stands for all models."""
    return _costs_json(text) if is_json(text) else _costs_csv(text)


def _usage_json(text: str) -> Iterator[Told]:
    for day, found in found_in(text, begin=BEGIN, end=END):
        if found.get("model").value is None:
            raise found.get("model").fault("group the export by model")
        yield Told(
            day,
            found.get("model").text(),
            requests=found.get("num_model_requests").whole(),
            input_tokens=found.get("input_tokens").whole(),
            output_tokens=found.get("output_tokens").whole(),
        )


def _usage_csv(text: str) -> Iterator[Told]:
    for row in rows(text, needs=("model", "num_model_requests", "input_tokens", "output_tokens")):
        if row.has("model", "num_model_requests", "input_tokens", "output_tokens"):  # a day without use has none
            yield Told(
                row.day(_began(row)),
                row.text("model"),
                requests=row.whole("num_model_requests"),
                input_tokens=row.whole("input_tokens"),
                output_tokens=row.whole("output_tokens"),
            )


def _costs_json(text: str) -> Iterator[Told]:
    for day, found in found_in(text, begin=BEGIN, end=END):
        amount = found.get("amount")
        currency = amount.get("currency")
        if currency.text().lower() != "usd":
            raise currency.fault("US dollars are expected")
        yield Told(day, _name(found.get("line_item")), cost=amount.get("value").amount())


def _costs_csv(text: str) -> Iterator[Told]:
    for row in rows(text, needs=("amount_value", "line_item")):
        if not row.has("amount_value"):
            continue
        if row.cells.get("amount_currency", "usd").lower() != "usd":
            raise row.fault("amount_currency", "US dollars are expected")
        name = _of_line_item(row.text("line_item")) if row.has("line_item") else EVERY
        yield Told(row.day(_began(row)), name, cost=row.amount("amount_value"))


def _name(line_item: Member) -> str:
    return EVERY if line_item.value is None else _of_line_item(line_item.text())


def _of_line_item(text: str) -> str:
    return text.partition(",")[0].strip() or text


def _began(row: Row) -> str:
    return "start_time_iso" if row.has("start_time_iso") else BEGIN

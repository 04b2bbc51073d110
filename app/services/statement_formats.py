"""Every format of a statement by its name; the generic one is for providers without a reader of their own."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, Literal

from app.domain.errors import Invalid
from app.domain.statement import Told
from app.services import statement_formats_anthropic as anthropic
from app.services import statement_formats_openai as openai
from app.services.statement_csv import FIELD, Row, rows

Format = Literal["openai-usage", "openai-costs", "anthropic-usage", "anthropic-costs", "generic"]
COUNTS: Final = ("requests", "input_tokens", "output_tokens")


def read(name: str, text: str) -> list[Told]:
    """The rows of an export. Raises Invalid naming line and column, or the path."""
    reader = READERS.get(name)
    if reader is None:
        raise Invalid(f"one of {', '.join(READERS)} is expected", field="format")
    found = list(reader(text.removeprefix("\ufeff")))
    if not found:
        raise Invalid("the statement has no rows", field=FIELD)
    return found


def generic(text: str) -> Iterator[Told]:
    """`day,model` and any of `requests,input_tokens,output_tokens,cost_usd`; an empty cell is unknown."""
    for row in rows(text, needs=("day", "model")):
        counts = {column: _count(row, column) for column in COUNTS}
        cost = row.amount("cost_usd") if row.has("cost_usd") else None
        yield Told(row.day("day"), row.text("model"), **counts, cost=cost)


def _count(row: Row, column: str) -> int | None:
    return row.whole(column) if row.has(column) else None


READERS: Final[Mapping[str, Callable[[str], Iterator[Told]]]] = MappingProxyType(
    {
        "openai-usage": openai.usage,
        "openai-costs": openai.costs,
        "anthropic-usage": anthropic.usage,
        "anthropic-costs": anthropic.costs,
        "generic": generic,
    }
)

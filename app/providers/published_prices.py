"""Vendors' published prices as genai-prices ships them; read from its data, no network is used.

Source: https://github.com/pydantic/genai-prices, fields of `genai_prices.types.ModelInfo.prices`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from importlib import import_module
from importlib.metadata import version
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from app.domain.model import LongPrompt, Price, Rates
from app.domain.money import NANOS_PER_USD

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, TieredPrices

# The library's code of a provider by ours; who is absent has no vendor there.
VENDORS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "openai": "openai",
        "anthropic": "anthropic",
        "gemini": "google",
        "groq": "groq",
        "openrouter": "openrouter",
        "xai": "x-ai",
        "deepseek": "deepseek",
        "mistral": "mistral",
        "together": "together",
    }
)
LINES: Final = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
    "reasoning": "output_reasoning_mtok",
}
SOURCE: Final = "genai-prices"


@dataclass(frozen=True, slots=True)
class Published:
    """Prices in force today and those announced, ascending; without any, `reason` says why there is none to take."""

    prices: tuple[Price, ...] = ()
    reason: str = ""


def published(provider: str, model_id: str, *, today: date) -> Published:
    """What the vendor publishes for a model; today's price begins today, an announced one on its own day."""
    info = _find(provider, model_id)
    if info is None:
        return Published(reason="not published there")
    dated = info.prices if isinstance(info.prices, list) else []
    starts = [getattr(each.constraint, "start_date", None) for each in dated]
    if any(each.constraint is not None and start is None for each, start in zip(dated, starts, strict=True)):
        return Published(reason="changes with the hour of the day")
    days = [today, *sorted({start for start in starts if start is not None and start > today})]
    found = []
    for day in days:
        rates = info.get_prices(datetime.combine(day, time(), UTC))
        price = _price(rates, day, today)
        if price is None:
            return Published(reason="has no whole price per token")
        found.append(price)
    return Published(tuple(found))


def _find(provider: str, model_id: str) -> "ModelInfo | None":
    # The library's data takes a third of a second to load, which only an import of prices pays for.
    providers = import_module("genai_prices.data").providers
    code = VENDORS.get(provider)
    vendor = next((each for each in providers if each.id == code), None)
    found: ModelInfo | None = None if vendor is None else vendor.find_model(model_id)
    return found


def _price(told: "ModelPrice", day: date, today: date) -> Price | None:
    lines = {line: value for line, name in LINES.items() if (value := getattr(told, name)) is not None}
    if "input" not in lines or told.requests_kcount is not None:
        return None
    starts = sorted({tier.start for value in lines.values() for tier in getattr(value, "tiers", ())})
    rates = [_rates(lines, above=start) for start in (None, *starts)]
    if None in rates:
        return None
    whole = [each for each in rates if each is not None]
    return Price(
        valid_from=day,
        source=f"{SOURCE} {version(SOURCE)}",
        checked=today,
        rates=whole[0],
        tiers=tuple(LongPrompt(above=start, rates=each) for start, each in zip(starts, whole[1:], strict=True)),
    )


def _rates(lines: "Mapping[str, Decimal | TieredPrices]", *, above: int | None) -> Rates | None:
    """The rates of prompts longer than that; None when one is no whole number of nano-dollars."""
    found = {"output": 0}  # a model that writes nothing states no price for it
    for line, value in lines.items():
        amount = _amount(value, above)
        nanos = amount * NANOS_PER_USD
        if nanos != nanos.to_integral_value() or nanos < 0:
            return None
        found[line] = int(nanos)
    return Rates.of(**found)


def _amount(value: "Decimal | TieredPrices", above: int | None) -> Decimal:
    if isinstance(value, Decimal):
        return value
    reached = [tier.price for tier in value.tiers if above is not None and tier.start <= above]
    return reached[-1] if reached else value.base

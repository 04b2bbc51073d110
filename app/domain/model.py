"""A model is data: what it can do, how much it takes, and what it has cost since when; all price maths stand here."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from app.domain.message import Usage
from app.domain.money import divide_half_even

Tier = Literal["cheap", "mid", "best"]

PER_TOKENS = 1_000_000
CAPABILITIES = frozenset(
    {
        "chat",
        "streaming",
        "function-calling",
        "vision",
        "json",
        "json-schema",
        "reasoning",
        "code",
        "multilingual",
        "creative",
        "long-context",
        "fast-response",
        "high-quality",
        "embeddings",
        "text",
    }
)

# Cost efficiency falls from 100 to 0 between these blends: 0.001 and 0.10 USD per 1 000 tokens, in the unit of Rates.
_CHEAPEST_BLEND = 1_000_000_000
_DEAREST_BLEND = 100_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Whole nano-dollars per million tokens of each line of usage.

    A vendor who names no rate for a line bills it as its parent, and so do we: `cache_read` and `cache_write` are then
    the `input` rate, `reasoning` the `output` rate. 0 is a stated price, never an unknown one.
    """

    input: int
    output: int
    cache_read: int
    cache_write: int
    reasoning: int

    @classmethod
    def of(
        cls,
        *,
        input: int,
        output: int,
        cache_read: int | None = None,
        cache_write: int | None = None,
        reasoning: int | None = None,
    ) -> "Rates":
        """Rates with the unstated lines filled in from their parents."""
        return cls(
            input=input,
            output=output,
            cache_read=input if cache_read is None else cache_read,
            cache_write=input if cache_write is None else cache_write,
            reasoning=output if reasoning is None else reasoning,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LongPrompt:
    """Rates for *every* token of a call whose prompt, cached tokens included, is longer than `above` tokens."""

    above: int
    rates: Rates


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a model costs from `valid_from` (a UTC day) until the next price begins; `tiers` ascend by `above`.

    `source` says where the figures stand, `checked` on which day they were read there.
    """

    valid_from: date
    source: str
    checked: date
    rates: Rates
    tiers: tuple[LongPrompt, ...] = ()

    def rates_for(self, prompt_tokens: int) -> Rates:
        """The rates of a call with a prompt of this length."""
        reached = self.rates
        for tier in self.tiers:
            if prompt_tokens > tier.above:
                reached = tier.rates
        return reached

    def rates_up_to(self, prompt_tokens: int) -> Iterator[Rates]:
        """The rates of all calls with a prompt of at most this length."""
        yield self.rates
        yield from (tier.rates for tier in self.tiers if prompt_tokens > tier.above)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """An entry of the catalogue; `slug` is `vendor/name`, `provider` the code of who serves it.

    `context_window` and `max_output_tokens` count tokens; `latency_ms` is what to expect of a short answer before there
    are measurements. `default_temperature` is None where the vendor takes none. `prices` ascend by date, empty =
    unpriced. A `legacy` model is kept for its history and is never picked for being cheapest or fastest.
    """

    slug: str
    title: str
    provider: str
    provider_model_id: str
    capabilities: frozenset[str]
    tier: Tier
    context_window: int
    max_output_tokens: int
    latency_ms: int
    default_temperature: float | None = None
    recommended: bool = False
    legacy: bool = False
    description: str = ""
    aliases: tuple[str, ...] = ()
    prices: tuple[Price, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEntry:
    """Who serves models: `kind` names the provider class that speaks to it, `key_env` where its key is looked up.

    `base_url_env` names the variable that overrides `base_url`; without a `base_url` the vendor's SDK knows where.
    `batch_percent`: what part of the price a call costs that went through the vendor's own batches, as `batch_source`
    said on the day it was `batch_checked`; None: nobody knows.
    """

    code: str
    kind: str
    title: str
    base_url: str | None = None
    base_url_env: str | None = None
    key_env: str | None = None
    needs_key: bool = True
    batch_percent: int | None = None
    batch_source: str | None = None
    batch_checked: date | None = None


def price_at(model: Model, moment: datetime) -> Price | None:
    """The price in force at an aware moment; None = unpriced, which is never 0."""
    day = moment.astimezone(UTC).date()
    return next((price for price in reversed(model.prices) if price.valid_from <= day), None)


def cost(price: Price, usage: Usage) -> int:
    """Nano-dollars of a call: exact over all lines, rounded once, half to even."""
    return divide_half_even(millionths(price.rates_for(usage.prompt_tokens), usage), PER_TOKENS)


def batch_cost(full: int | None, percent: int | None) -> int | None:
    """Nano-dollars of a call by the vendor's own batches, of what it would cost alone; None where either is unknown."""
    return None if full is None or percent is None else divide_half_even(full * percent, 100)


def millionths(rates: Rates, usage: Usage) -> int:
    """Millionths of a nano-dollar: exact, so that sums of tokens can be priced and rounded once."""
    return (
        usage.input_tokens * rates.input
        + usage.cache_read_tokens * rates.cache_read
        + usage.cache_write_tokens * rates.cache_write
        + usage.output_tokens * rates.output
        + usage.reasoning_tokens * rates.reasoning
    )


def worst_case(price: Price, input_tokens: int, max_output: int) -> int:
    """Nano-dollars that no call with at most this prompt and this answer can exceed, rounded up."""
    most = max(
        input_tokens * max(rates.input, rates.cache_read, rates.cache_write)
        + max_output * max(rates.output, rates.reasoning)
        for rates in price.rates_up_to(input_tokens)
    )
    return -(-most // PER_TOKENS)


def cost_efficiency(model: Model, moment: datetime) -> float | None:
    """How cheap a model is, 0…100; None when it is unpriced.

    Source: AI-GYM registry (seed 003). 0.6·input + 0.4·output in USD per 1 000 tokens: 100 at ≤ 0.001, 0 at ≥ 0.10,
    linear between.
    """
    price = price_at(model, moment)
    if price is None:
        return None
    blend = 0.6 * price.rates.input + 0.4 * price.rates.output
    return min(100.0, max(0.0, 100.0 * (_DEAREST_BLEND - blend) / (_DEAREST_BLEND - _CHEAPEST_BLEND)))

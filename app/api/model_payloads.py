"""A model as the catalogue tells it, with the rates in force in USD per million tokens."""

from datetime import date, datetime
from typing import Any

from app.api.payloads import Out
from app.domain.model import Model, Price, Rates, Tier, cost_efficiency, price_at
from app.domain.money import to_usd


class RatesOut(Out):
    """USD per million tokens of each line."""

    input_usd: str
    output_usd: str
    cache_read_usd: str
    cache_write_usd: str
    reasoning_usd: str


class LongPromptOut(RatesOut):
    """Rates of every token of a call whose prompt is longer than `above` tokens."""

    above: int


class PriceOut(RatesOut):
    """USD per million tokens of each line, since `valid_from`; `source` says where the figures stand."""

    valid_from: date
    source: str
    checked: date
    tiers: list[LongPromptOut]

    @classmethod
    def of(cls, price: Price) -> "PriceOut":
        """The price, with what long prompts cost."""
        return cls(**price_members(price))


class ModelOut(Out):
    """A model; `price` is null when it is unknown. `configured`: its provider can be asked on this server."""

    slug: str
    title: str
    description: str
    provider: str
    provider_model_id: str
    capabilities: list[str]
    tier: Tier
    context_window: int
    max_output_tokens: int
    latency_ms: int
    default_temperature: float | None
    recommended: bool
    legacy: bool
    configured: bool
    aliases: list[str]
    price: PriceOut | None
    cost_efficiency: float | None

    @classmethod
    def of(cls, model: Model, moment: datetime, *, configured: bool) -> "ModelOut":
        """The model with the price of that moment."""
        price = price_at(model, moment)
        return cls(
            slug=model.slug,
            title=model.title,
            description=model.description,
            provider=model.provider,
            provider_model_id=model.provider_model_id,
            capabilities=sorted(model.capabilities),
            tier=model.tier,
            context_window=model.context_window,
            max_output_tokens=model.max_output_tokens,
            latency_ms=model.latency_ms,
            default_temperature=model.default_temperature,
            recommended=model.recommended,
            legacy=model.legacy,
            configured=configured,
            aliases=list(model.aliases),
            price=None if price is None else PriceOut.of(price),
            cost_efficiency=cost_efficiency(model, moment),
        )


def price_members(price: Price) -> dict[str, Any]:
    """The members of a PriceOut."""
    return {
        "valid_from": price.valid_from,
        "source": price.source,
        "checked": price.checked,
        **_rates(price.rates),
        "tiers": [LongPromptOut(above=tier.above, **_rates(tier.rates)) for tier in price.tiers],
    }


def _rates(rates: Rates) -> dict[str, str]:
    return {f"{line}_usd": to_usd(getattr(rates, line)) for line in Rates.__dataclass_fields__}

"""Published prices become ours whole: every line, long prompts, announced days; what cannot be stated is refused."""

from datetime import date

import pytest

from app.domain.model import Price, Rates
from app.providers.published_prices import Published, published
from tests.worlds import catalogue

TODAY = date(2026, 11, 2)
USD = 1_000_000_000


def test_a_price_has_every_line_the_vendor_states() -> None:
    told = published("openai", "gpt-4o", today=TODAY).prices

    assert [price.rates for price in told] == [Rates.of(input=5 * USD // 2, output=10 * USD, cache_read=5 * USD // 4)]
    assert (told[0].valid_from, told[0].checked, told[0].source.split()[0]) == (TODAY, TODAY, "genai-prices")


def test_long_prompts_cost_what_their_tier_says() -> None:
    (price,) = published("openai", "gpt-6-astra", today=TODAY).prices

    (tier,) = price.tiers
    assert (tier.above, tier.rates) == (
        272_000,
        Rates.of(input=20 * USD, output=75 * USD, cache_read=2 * USD, cache_write=25 * USD),
    )


def test_an_announced_price_comes_with_its_own_day() -> None:
    told = published("gemini", "gemini-4-argon", today=TODAY).prices

    assert [(price.valid_from, price.rates.input) for price in told] == [
        (TODAY, 2 * USD),
        (date(2026, 12, 1), 4 * USD),
    ]


def test_after_its_day_an_announced_price_is_simply_the_price() -> None:
    told = published("gemini", "gemini-4-argon", today=date(2027, 1, 1)).prices

    assert [price.rates.input for price in told] == [4 * USD]


@pytest.mark.parametrize(
    ("provider", "model", "reason"),
    [
        ("openai", "gpt-99", "not published there"),
        ("qwen", "qwen-plus", "not published there"),
        ("deepseek", "deepseek-v4-flash", "changes with the hour of the day"),
    ],
)
def test_what_cannot_be_stated_as_one_price_is_left_with_a_reason(provider: str, model: str, reason: str) -> None:
    assert published(provider, model, today=TODAY) == Published(reason=reason)


def test_the_shipped_catalogue_says_what_is_published_wherever_it_names_the_library() -> None:
    def shown(price: Price) -> object:
        return price.rates, price.tiers

    for model in catalogue().all():
        latest = [price for price in model.prices if price.valid_from <= date(2026, 11, 21)][-1:]
        if latest and "genai-prices" in latest[0].source:
            told = published(model.provider, model.provider_model_id, today=date(2026, 11, 21)).prices
            assert shown(told[0]) == shown(latest[0]), model.slug

"""Prices are dated, exact, and never zero for want of knowledge."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.message import Usage
from app.domain.model import LongPrompt, Model, Price, Rates, cost, cost_efficiency, price_at, worst_case

NOW = datetime(2026, 11, 21, tzinfo=UTC)
TOKENS = st.integers(min_value=0, max_value=3_000_000)
USAGES = st.builds(Usage, TOKENS, TOKENS, TOKENS, TOKENS, TOKENS)
NANOS = st.integers(min_value=0, max_value=200_000_000_000)
RATES = st.builds(Rates, input=NANOS, output=NANOS, cache_read=NANOS, cache_write=NANOS, reasoning=NANOS)
TIERS = st.lists(st.tuples(TOKENS, RATES), max_size=3, unique_by=lambda pair: pair[0]).map(
    lambda pairs: tuple(LongPrompt(above=above, rates=rates) for above, rates in sorted(pairs, key=lambda p: p[0]))
)


def price(rates: Rates, *, valid_from: date = date(2026, 1, 1), tiers: tuple[LongPrompt, ...] = ()) -> Price:
    return Price(valid_from=valid_from, source="a test", checked=valid_from, rates=rates, tiers=tiers)


def model(*prices: Price) -> Model:
    return Model(
        slug="vendor/name",
        title="Name",
        provider="simulated",
        provider_model_id="name",
        capabilities=frozenset({"chat"}),
        tier="cheap",
        context_window=8_192,
        max_output_tokens=1_024,
        latency_ms=100,
        prices=prices,
    )


PRICES = st.builds(lambda rates, tiers: price(rates, tiers=tiers), RATES, TIERS)
FLAT = Rates.of(input=2_000_000_000, output=10_000_000_000)


def test_unstated_lines_cost_what_their_parents_cost() -> None:
    rates = Rates.of(input=2, output=10)

    assert (rates.cache_read, rates.cache_write, rates.reasoning) == (2, 2, 10)


def test_a_line_stated_as_zero_stays_zero() -> None:
    rates = Rates.of(input=2, output=10, cache_read=0, cache_write=0, reasoning=0)

    assert (rates.cache_read, rates.cache_write, rates.reasoning) == (0, 0, 0)


def test_the_price_in_force_is_the_last_that_has_begun() -> None:
    old, new = price(FLAT, valid_from=date(2026, 1, 1)), price(FLAT, valid_from=date(2026, 6, 1))
    priced = model(old, new)

    assert price_at(priced, datetime(2026, 5, 31, 23, 59, tzinfo=UTC)) is old
    assert price_at(priced, datetime(2026, 6, 1, tzinfo=UTC)) is new


def test_a_price_begins_at_midnight_utc_wherever_the_clock_stands() -> None:
    priced = model(price(FLAT, valid_from=date(2026, 6, 1)))

    assert price_at(priced, datetime(2026, 6, 1, 1, tzinfo=timezone(timedelta(hours=2)))) is None


def test_a_model_without_a_price_is_unpriced_and_not_free() -> None:
    assert price_at(model(), NOW) is None
    assert cost_efficiency(model(), NOW) is None


def test_before_its_first_price_a_model_is_unpriced() -> None:
    assert price_at(model(price(FLAT)), datetime(2025, 12, 31, tzinfo=UTC)) is None


def test_a_long_prompt_moves_every_token_to_the_higher_rates() -> None:
    dear = Rates.of(input=4_000_000_000, output=15_000_000_000)
    tiered = price(FLAT, tiers=(LongPrompt(above=200_000, rates=dear),))

    assert cost(tiered, Usage(input_tokens=200_000, output_tokens=1_000)) == 410_000_000
    assert cost(tiered, Usage(input_tokens=200_001, output_tokens=1_000)) == 815_004_000


def test_cached_tokens_count_towards_the_length_of_the_prompt() -> None:
    dear = Rates.of(input=4_000_000_000, output=15_000_000_000)
    tiered = price(FLAT, tiers=(LongPrompt(above=200_000, rates=dear),))

    assert cost(tiered, Usage(input_tokens=1, cache_read_tokens=200_000)) == 200_001 * 4_000


@given(PRICES)
def test_nothing_used_costs_nothing(any_price: Price) -> None:
    assert cost(any_price, Usage()) == 0


@given(RATES, USAGES, st.integers(min_value=1, max_value=50))
def test_cost_is_linear_in_usage_up_to_one_rounding(rates: Rates, usage: Usage, times: int) -> None:
    flat = price(rates)
    many = Usage(
        input_tokens=usage.input_tokens * times,
        cache_read_tokens=usage.cache_read_tokens * times,
        cache_write_tokens=usage.cache_write_tokens * times,
        output_tokens=usage.output_tokens * times,
        reasoning_tokens=usage.reasoning_tokens * times,
    )

    assert abs(cost(flat, many) - times * cost(flat, usage)) <= (times + 1) / 2


@given(RATES, USAGES)
def test_a_million_of_each_line_costs_exactly_its_rates(rates: Rates, usage: Usage) -> None:
    million = Usage(10**6, 10**6, 10**6, 10**6, 10**6)
    total = rates.input + rates.cache_read + rates.cache_write + rates.output + rates.reasoning

    assert cost(price(rates), million) == total


@given(
    RATES,
    USAGES,
    st.sampled_from(["input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens"]),
    TOKENS,
)
def test_more_tokens_never_cost_less_at_flat_rates(rates: Rates, usage: Usage, line: str, more: int) -> None:
    longer = replace(usage, **{line: getattr(usage, line) + more})

    assert cost(price(rates), longer) >= cost(price(rates), usage)


@given(PRICES, USAGES, TOKENS, TOKENS)
def test_no_call_costs_more_than_its_worst_case(any_price: Price, usage: Usage, spare_in: int, spare_out: int) -> None:
    worst = worst_case(any_price, usage.prompt_tokens + spare_in, usage.completion_tokens + spare_out)

    assert worst >= cost(any_price, usage)


@pytest.mark.parametrize(
    ("usd_per_1k", "score"), [(0.0001, 100.0), (0.001, 100.0), (0.0505, 50.0), (0.10, 0.0), (0.5, 0.0)]
)
def test_cost_efficiency_falls_linearly_between_its_bounds(usd_per_1k: float, score: float) -> None:
    nanos = round(usd_per_1k * 10**12)

    assert cost_efficiency(model(price(Rates.of(input=nanos, output=nanos))), NOW) == pytest.approx(score)

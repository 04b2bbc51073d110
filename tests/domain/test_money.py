"""Money keeps every nano-dollar, both ways."""

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.money import NANOS_PER_USD, divide_half_even, from_usd, to_usd

NANOS = st.integers(min_value=-(10**24), max_value=10**24)


@given(NANOS)
def test_nano_dollars_survive_the_way_out_and_back(nanos: int) -> None:
    assert from_usd(to_usd(nanos)) == nanos


@given(NANOS)
def test_the_text_is_exact_and_plain(nanos: int) -> None:
    text = to_usd(nanos)

    assert Fraction(text) == Fraction(nanos, NANOS_PER_USD)
    assert set(text) <= set("-0123456789.")


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=12))
def test_amounts_finer_than_a_nano_round_half_to_even(usd: Decimal) -> None:
    assert from_usd(usd) == int((usd * NANOS_PER_USD).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


@given(NANOS, st.integers(min_value=1, max_value=10**9))
def test_division_rounds_half_to_even(numerator: int, denominator: int) -> None:
    assert divide_half_even(numerator, denominator) == round(Fraction(numerator, denominator))


@pytest.mark.parametrize(
    ("usd", "nanos"),
    [("0.00125", 1_250_000), ("1e-9", 1), ("0.0000000005", 0), ("0.0000000015", 2), ("-3", -3 * 10**9)],
)
def test_known_amounts(usd: str, nanos: int) -> None:
    assert from_usd(usd) == nanos


@pytest.mark.parametrize(("nanos", "usd"), [(0, "0"), (1, "0.000000001"), (-1_500_000_000, "-1.5"), (12 * 10**9, "12")])
def test_known_texts(nanos: int, usd: str) -> None:
    assert to_usd(nanos) == usd


@pytest.mark.parametrize("usd", ["", "ten", "NaN", "Infinity", "1e60"])
def test_what_is_no_amount_is_refused(usd: str) -> None:
    with pytest.raises(ValueError, match="not an amount of money"):
        from_usd(usd)

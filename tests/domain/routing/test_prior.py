"""The shipped prior is whole, and another is refused when it does not fit."""

import zlib

import numpy as np
import pytest

from app.domain.errors import Invalid
from app.domain.routing.encoding import encode
from app.domain.routing.packing import pack
from app.domain.routing.prior import packed, unpacked
from app.domain.routing.shipped import SHIPPED
from tests.domain.routing.prompts import KNOWN, OPEN


@pytest.mark.parametrize("prompt", KNOWN)
def test_it_expects_more_of_a_strong_model(prompt: str) -> None:
    seen = encode(prompt)

    assert 0 < SHIPPED.weak.forecast(seen) < 1
    assert 0 < SHIPPED.strong.forecast(seen) < 1
    assert SHIPPED.need(seen) == SHIPPED.strong.forecast(seen) - SHIPPED.weak.forecast(seen)


def test_a_model_in_the_middle_is_expected_in_between() -> None:
    seen = encode(OPEN)
    low, mid, high = (SHIPPED.forecast(seen, position) for position in (0.0, 0.5, 1.0))

    assert low == pytest.approx(SHIPPED.weak.forecast(seen))
    assert high == pytest.approx(SHIPPED.strong.forecast(seen))
    assert min(low, high) < mid < max(low, high)


def test_a_forecast_is_the_mean_of_its_parts() -> None:
    parts = SHIPPED.weak.parts(encode(OPEN))

    assert sorted(parts) == ["length", "trees", "words"]
    assert SHIPPED.weak.forecast(encode(OPEN)) == sum(parts.values()) / 3


def test_it_survives_being_packed() -> None:
    again = unpacked(packed(SHIPPED.weak))

    assert [again.forecast(encode(prompt)) for prompt in KNOWN] == [
        SHIPPED.weak.forecast(encode(prompt)) for prompt in KNOWN
    ]


@pytest.mark.parametrize("wrong", [b"", b"x", zlib.compress(pack({"names": ["a"]}, {"words": np.zeros(3, np.int8)}))])
def test_a_prior_of_other_figures_is_refused(wrong: bytes) -> None:
    with pytest.raises(Invalid):
        unpacked(wrong)


def test_long_arithmetic_needs_the_strong_model_more_than_short() -> None:
    short = "Ann has 2 pens and buys 3. How many pens does she have?"
    long = (
        "A shop sells 120 pens at $1.50 each on Monday and a quarter fewer on Tuesday at a discount of 20%. On "
        "Wednesday it sells twice as many as on Tuesday at the full price, but 15 are returned. If pens cost the shop "
        "$0.80 each, and 12.5% of the profit goes to tax, how much profit remains after the three days?"
    )

    assert SHIPPED.need(encode(long)) > SHIPPED.need(encode(short))

"""Chance is uniform over salts and fixed for each."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.chance import share


@given(st.text())
def test_a_share_lies_from_zero_to_below_one_and_repeats(salt: str) -> None:
    assert 0 <= share(salt) < 1
    assert share(salt) == share(salt)


def test_shares_are_spread_evenly() -> None:
    tenths = [0] * 10
    for number in range(20_000):
        tenths[int(share(f"salt {number}") * 10)] += 1

    assert all(1_800 < count < 2_200 for count in tenths)

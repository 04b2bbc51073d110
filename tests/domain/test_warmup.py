"""A ramp is gradual, monotone and ends exactly at its goal."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.warmup import Warmup, ramp
from app.domain.weights import apportion

SHARES = st.lists(st.integers(0, 1000), min_size=4, max_size=4).filter(any).map(apportion)


@given(SHARES, SHARES, st.integers(1, 50), st.sampled_from(["linear", "ladder"]))
def test_every_flow_goes_one_way_and_all_sum_up(
    start: tuple[int, ...], goal: tuple[int, ...], length: int, shape: str
) -> None:
    warmup = Warmup(length, shape="ladder" if shape == "ladder" else "linear")

    path = [ramp(start, goal, warmup=warmup, elapsed=elapsed) for elapsed in range(length + 1)]

    assert all(sum(weights) == 10_000 for weights in path)
    assert path[-1] == goal
    for i, (first, last) in enumerate(zip(start, goal, strict=True)):
        way = 1 if last >= first else -1
        assert all(way * (after[i] - before[i]) >= -1 for before, after in pairwise(path))


def test_a_long_ramp_moves_from_its_beginning() -> None:
    assert ramp((10_000, 0), (9000, 1000), warmup=Warmup(100_000), elapsed=1000) == (9990, 10)


def test_the_ladder_climbs_by_its_rungs() -> None:
    warmup = Warmup(5, shape="ladder")

    newcomer = [ramp((10_000, 0), (5000, 5000), warmup=warmup, elapsed=n)[1] for n in range(6)]

    assert newcomer == [100, 500, 1000, 2500, 5000, 5000]


def test_a_warmup_without_length_is_refused() -> None:
    with pytest.raises(Invalid):
        Warmup(0)

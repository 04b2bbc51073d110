"""Positions order a list, or nothing does but the list itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.positions import ordered


@given(st.lists(st.integers(0, 50), unique=True))
def test_things_stand_by_their_positions(positions: list[int]) -> None:
    assert ordered(positions, positions, field="steps") == tuple(sorted(positions))


@given(st.lists(st.text()))
def test_without_positions_the_list_is_the_order(items: list[str]) -> None:
    assert ordered(items, [None] * len(items), field="steps") == tuple(items)


@pytest.mark.parametrize(
    ("positions", "field"),
    [([1, None], "steps[1].position"), ([None, 1], "steps[0].position"), ([2, 1, 2], "steps[2].position")],
)
def test_some_positions_or_the_same_twice_are_refused(positions: list[int | None], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        ordered(["a"] * len(positions), positions, field="steps")

    assert refused.value.field == field

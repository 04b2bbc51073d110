"""Equal models share the calls of a step by weight or by load, and the others always stand behind as fallbacks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.flow import Balance
from app.domain.spreading import ordered

MODELS = ("a", "b", "c")
TURNS = st.floats(0, 1, exclude_max=True)
LISTS = st.lists(st.integers(1, 1000), min_size=1, max_size=16)


def first_share(model: str, weights: tuple[int, ...], *, place: int = 0, turns: int = 6_000) -> float:
    """How often the model stands at that place, over evenly spread turns."""
    found = [
        ordered(MODELS, weights, balance="spread", turn=(number + 0.5) / turns, loads={})[place]
        for number in range(turns)
    ]
    return found.count(model) / turns


@given(LISTS, TURNS, st.sampled_from(["order", "spread", "least-loaded"]))
def test_every_model_stands_once_in_every_order(weights: list[int], turn: float, balance: Balance) -> None:
    models = tuple(f"m{number}" for number in range(len(weights)))

    found = ordered(models, weights, balance=balance, turn=turn, loads={"m0": 2})

    assert sorted(found) == sorted(models)
    assert found == ordered(models, weights, balance=balance, turn=turn, loads={"m0": 2})


def test_a_given_order_stays() -> None:
    assert ordered(MODELS, (), balance="order", turn=0.9, loads={"a": 9}) == MODELS


def test_a_spread_is_proportional_to_the_weights_and_so_is_what_is_left_of_it() -> None:
    weights = (5, 3, 2)

    assert first_share("a", weights) == pytest.approx(0.5, abs=0.001)
    assert first_share("b", weights) == pytest.approx(0.3, abs=0.001)
    # b second: a first and then b of what is left, or c first and then b.
    assert first_share("b", weights, place=1) == pytest.approx(0.5 * 3 / 5 + 0.2 * 3 / 8, abs=0.001)


def test_without_weights_all_are_equal() -> None:
    assert [first_share(model, ()) for model in MODELS] == pytest.approx([1 / 3] * 3, abs=0.001)


def test_the_least_loaded_comes_first_and_ties_are_drawn() -> None:
    loads = {"a": 3, "b": 1}

    assert ordered(MODELS, (), balance="least-loaded", turn=0.3, loads=loads) == ("c", "b", "a")
    firsts = {ordered(MODELS, (), balance="least-loaded", turn=turn / 10, loads={"a": 1})[0] for turn in range(10)}
    assert firsts == {"b", "c"}

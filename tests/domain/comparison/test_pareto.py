"""Who is worse everywhere is left out, and nobody else."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.comparison.figures import figures_of
from app.domain.comparison.pareto import Place, pareto, undominated
from tests.domain.comparison.answers import answer

SIDE = st.integers(0, 3).map(float)
PLACES = st.lists(st.tuples(SIDE, SIDE, SIDE), min_size=1, max_size=12)


@given(PLACES)
def test_whoever_is_left_out_is_dominated_by_one_who_is_not(places: list[tuple[float, float, float]]) -> None:
    kept = undominated(places)

    assert kept
    for at, (quality, cost, latency) in enumerate(places):
        better = [
            other
            for other, (theirs, price, time) in enumerate(places)
            if theirs >= quality and price <= cost and time <= latency and places[other] != places[at]
        ]
        assert (at in kept) == (not better)
        assert at in kept or set(better) & set(kept)


@given(PLACES)
def test_the_best_at_any_one_thing_has_a_peer_that_is_kept(places: list[tuple[float, float, float]]) -> None:
    kept = undominated(places)

    assert max(place[0] for place in places) in {places[at][0] for at in kept}
    assert min(place[1] for place in places) in {places[at][1] for at in kept}


def test_equals_are_both_kept() -> None:
    assert undominated([(1.0, 1.0, 1.0), (1.0, 1.0, 1.0)]) == (0, 1)


def test_a_side_unknown_of_all_is_left_out_and_of_one_protects_it() -> None:
    without_cost: list[Place] = [(0.9, None, 1.0), (0.8, None, 2.0)]
    one_unknown: list[Place] = [(0.9, 5.0, 1.0), (0.8, None, 2.0), (None, None, None)]

    assert undominated(without_cost) == (0,)
    assert undominated(one_unknown) == (0, 1)


def test_figures_are_compared_by_their_means() -> None:
    answers = [
        answer(0, 0, 1.0, cost=50, latency_ms=900),
        answer(1, 0, 0.5, cost=10, latency_ms=100),
        answer(2, 0, 0.5, cost=60, latency_ms=950),
    ]

    assert pareto(figures_of(answers, [], candidates=3)) == (0, 1)

"""The drawn order is whole, the same for the same seed, and fair to every candidate."""

import time
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from app.domain.comparison.comparison import Candidate, Input
from app.domain.comparison.order import Pairing, Turn, drawn_order, judge_order

SIZES = st.tuples(st.integers(2, 6), st.integers(1, 8), st.integers(1, 3))


def turns(seed: str, candidates: int, inputs: int, repeats: int) -> list[Turn]:
    return drawn_order(
        seed=seed,
        candidates=[Candidate(f"c{at}", model=f"m/{at}") for at in range(candidates)],
        inputs=[Input(10 + at, {}) for at in range(inputs)],
        repeats=repeats,
    )


def pairings(seed: str, candidates: int, inputs: int, repeats: int, max_pairs: int) -> list[Pairing]:
    return judge_order(
        seed=seed,
        candidates=candidates,
        inputs=[Input(at, {}) for at in range(inputs)],
        repeats=repeats,
        max_pairs=max_pairs,
    )


@given(st.text(), SIZES)
def test_everything_is_asked_once_and_candidates_of_one_input_stand_together(
    seed: str, size: tuple[int, int, int]
) -> None:
    candidates, inputs, repeats = size

    found = turns(seed, *size)

    assert found == turns(seed, *size)
    assert sorted(found) == sorted(
        (candidate, 10 + at, repeat)
        for candidate in range(candidates)
        for at in range(inputs)
        for repeat in range(repeats)
    )
    for begin in range(0, len(found), candidates):
        assert len({turn[1:] for turn in found[begin : begin + candidates]}) == 1


def test_each_candidate_stands_at_each_place_of_a_block_about_equally_often() -> None:
    found = turns("seed", 4, 1000, 1)

    for place in range(4):
        counts = Counter(turn[0] for turn in found[place::4])
        assert all(180 < counts[candidate] < 320 for candidate in range(4))


def test_another_seed_draws_another_order() -> None:
    assert turns("a", 3, 20, 1) != turns("b", 3, 20, 1)


@given(st.text(), SIZES, st.integers(1, 60))
def test_pairs_are_shown_in_both_orders_and_share_the_judge_evenly(
    seed: str, size: tuple[int, int, int], max_pairs: int
) -> None:
    candidates, inputs, repeats = size

    found = pairings(seed, *size, max_pairs)

    assert found == pairings(seed, *size, max_pairs)
    assert len(found) == len(set(found)) == 2 * min(max_pairs, candidates * (candidates - 1) // 2 * inputs * repeats)
    for one, other in zip(found[::2], found[1::2], strict=True):
        assert other == (one[1], one[0], *one[2:])
    counts = Counter(frozenset(shown[:2]) for shown in found[::2])
    most = max(counts.values())
    every = candidates * (candidates - 1) // 2
    assert min(counts.values()) >= most - 1
    assert len(counts) == min(every, max_pairs)


def test_either_candidate_is_shown_first_about_equally_often() -> None:
    first = Counter(shown[0] for shown in pairings("seed", 2, 1000, 1, 1000)[::2])

    assert 420 < first[0] < 580


def test_a_single_candidate_has_no_pairs() -> None:
    assert pairings("seed", 1, 5, 1, 10) == []


def test_the_largest_comparison_is_drawn_at_once() -> None:
    begun = time.process_time()

    assert len(turns("seed", 10, 10_000, 1)) == 100_000

    assert time.process_time() - begun < 3

"""Assignment is fair and independent: by chi-square over 100 000 units, and for whatever slots are taken."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ab.slots import SLOTS, Range, arm_of, enrolled, free_slots, size_of, slot
from app.domain.errors import Conflict
from app.domain.statistics.split import srm
from app.domain.statistics.tables import chi_square

UNITS = [f"user-{number}" for number in range(100_000)]
ALARM = 1e-3
SEEN_SLOTS = [6019, 9234, 4341, 6288]
SEEN_ARMS = "bbabaaababbbaabb"
RANGES = st.lists(
    st.tuples(st.integers(0, SLOTS), st.integers(0, SLOTS)).map(lambda pair: (min(pair), max(pair))), max_size=8
)


def slots_of(ranges: list[Range] | tuple[Range, ...]) -> set[int]:
    """Each slot in these ranges."""
    return {at for low, high in ranges for at in range(low, high)}


@pytest.mark.parametrize("weights", [{"a": 5_000, "b": 5_000}, {"a": 9_000, "b": 700, "c": 300}])
def test_units_come_to_arms_as_the_weights_say(weights: dict[str, int]) -> None:
    seen = Counter(arm_of("test-1", unit, weights) for unit in UNITS)

    assert srm([seen[arm] for arm in weights], list(weights.values())).p_value > ALARM


def test_slots_are_uniform() -> None:
    seen = np.bincount([slot("layer", unit) * 100 // SLOTS for unit in UNITS], minlength=100)

    assert srm([int(n) for n in seen], [1] * 100).p_value > ALARM


@pytest.mark.parametrize("other", ["test-2", "test-11", "tesu-1"])
def test_arms_of_two_tests_are_independent(other: str) -> None:
    weights = {"a": 5_000, "b": 3_000, "c": 2_000}
    seen = Counter((arm_of("test-1", unit, weights), arm_of(other, unit, weights)) for unit in UNITS)

    table = [[seen[one, two] for two in weights] for one in weights]
    assert chi_square(table).p_value > ALARM


@pytest.mark.parametrize("other", ["layer-2", "layer-10", "mayer-1"])
def test_layers_that_differ_in_one_character_are_independent(other: str) -> None:
    seen = Counter((slot("layer-1", unit) // 1_000, slot(other, unit) // 1_000) for unit in UNITS)

    assert chi_square([[seen[one, two] for two in range(10)] for one in range(10)]).p_value > ALARM


def test_a_units_arm_says_nothing_of_its_slot() -> None:
    """A layer and a test of one name must not share a hash."""
    weights = {"a": 5_000, "b": 5_000}
    seen = Counter((arm_of("same", unit, weights), slot("same", unit) // 1_000) for unit in UNITS)

    assert chi_square([[seen[arm, at] for at in range(10)] for arm in weights]).p_value > ALARM


def test_disjoint_slots_never_share_a_unit() -> None:
    first = free_slots([], 3_000)
    second = free_slots(first, 3_000)

    both = [unit for unit in UNITS[:20_000] if enrolled("l", unit, first) and enrolled("l", unit, second)]

    assert both == []
    assert sum(enrolled("l", unit, first) for unit in UNITS[:20_000]) == pytest.approx(6_000, rel=0.05)


def test_a_unit_keeps_its_slot_and_arm_over_releases() -> None:
    """Hashes must not change between releases: a running test would move its units."""
    assert [slot("layer", f"u{number}") for number in range(4)] == SEEN_SLOTS
    assert "".join(arm_of("salt", f"u{number}", {"a": 5_000, "b": 5_000}) for number in range(16)) == SEEN_ARMS


@given(RANGES, st.integers(0, SLOTS))
def test_free_slots_are_free_as_many_as_wanted_and_the_lowest(taken: list[Range], wanted: int) -> None:
    free = set(range(SLOTS)) - slots_of(taken)
    if len(free) < wanted:
        with pytest.raises(Conflict) as raised:
            free_slots(taken, wanted)
        assert (raised.value.code, raised.value.field) == ("layer-full", "share")
        return

    found = free_slots(taken, wanted)

    assert size_of(found) == wanted
    assert sorted(slots_of(found)) == sorted(free)[:wanted]
    assert all(low < high for low, high in found)


@given(RANGES, st.integers(1, 2_000), st.integers(1, 2_000))
def test_widening_only_adds_units(taken: list[Range], now: int, more: int) -> None:
    if len(set(range(SLOTS)) - slots_of(taken)) < now + more:
        return
    own = free_slots(taken, now)

    wider = (*own, *free_slots([*taken, *own], more))

    assert size_of(wider) == now + more
    assert slots_of(own) < slots_of(wider)
    assert not slots_of(wider) & slots_of(taken)


def test_weights_that_do_not_sum_to_the_whole_are_a_fault_of_ours() -> None:
    with pytest.raises(ValueError, match="sum to 0"):
        arm_of("salt", "u", {})


def test_any_text_can_be_a_unit() -> None:
    assert 0 <= slot("l", "\ud800 half a pair") < SLOTS

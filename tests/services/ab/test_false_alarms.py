"""A test of identical arms says how often chance alone would have been taken for a difference."""

import pytest

from app.domain.ab.false_positives import FEWEST
from app.domain.errors import Conflict
from app.services import experiments
from app.services.ab import false_alarms
from app.services.world import World
from tests.services.ab.testing import RATING, come, judged, known, started, two_flows
from tests.services.steering import begun

SAME = {"arms": ("a", "a"), "same": True, "auto_stop": False}


def test_rates_are_counted_on_what_the_units_of_the_test_gave(world: World) -> None:
    two_flows(world)
    experiment = started(world, metric=RATING, **SAME)
    judged(world, experiment, come(world, [f"c{at}" for at in range(300)]), "rating", lambda _, at: 1.0 + at % 5)

    found = false_alarms.of(world, experiment.id)

    assert found is not None
    assert found.values == 300
    assert found.planned.rate == pytest.approx(0.05, abs=0.03)
    assert found.peeking.rate > 2 * found.planned.rate
    assert found.valid_now.rate <= 0.05
    assert false_alarms.of(world, experiment.id) == found


def test_units_without_a_value_are_left_out_or_count_as_zero(world: World) -> None:
    two_flows(world)
    rated = started(world, metric=RATING, share=5_000, **SAME)
    converting = started(world, share=5_000, **SAME)
    names = [f"c{at}" for at in range(500)]
    sessions = come(world, names)
    units = {test.id: sum(one.units for one in known(world, test).metrics[0].arms) for test in (rated, converting)}

    found = {test.id: false_alarms.of(world, test.id) for test in (rated, converting)}

    assert sum(units.values()) == len(sessions)
    assert min(units.values()) >= FEWEST
    assert found[rated.id] is None
    seen = found[converting.id]
    assert seen is not None
    assert (seen.values, seen.peeking.claims) == (units[converting.id], 0)


def test_identical_arms_are_named_by_letter(world: World) -> None:
    two_flows(world)
    experiment = started(world, **SAME)

    assert [arm.arm for arm in known(world, experiment).metrics[0].arms] == ["A", "B"]


def test_of_arms_that_differ_and_of_rollouts_nothing_is_told(world: World) -> None:
    two_flows(world)
    experiment = started(world, auto_stop=False)
    experiments.stop(world, experiment.id)
    rollout = begun(world)

    for each in (experiment, rollout):
        with pytest.raises(Conflict) as raised:
            false_alarms.of(world, each.id)
        assert raised.value.code == "not-an-aa-test"

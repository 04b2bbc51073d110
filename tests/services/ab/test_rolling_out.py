"""The winner of a test is rolled out in one act, guarded by what was measured; what is not proven only by force."""

import pytest

from app.domain.errors import Conflict, Invalid
from app.services import experiments, generate
from app.services.ab import rolling_out
from app.services.rollout_json import wanted_of
from app.services.world import World
from tests.services.ab.testing import RATING, come, judged, started, two_flows
from tests.services.made import CODE, ask
from tests.services.steering import kinds, stored


def test_a_proven_winner_is_ramped_with_limits_from_what_it_has_shown(world: World) -> None:
    two_flows(world)
    experiment = started(world, metric=RATING, mde=0.5, auto_stop=False)
    for number in range(120):
        generate.run(world, CODE, ask(f"c{number}"))
    sessions = come(world, [f"d{number}" for number in range(200)])
    judged(world, experiment, sessions, "rating", lambda arm, number: 5.0 if arm == "b" else 2.0)

    rollout = rolling_out.roll_out(world, experiment.id)

    wanted = wanted_of(rollout)
    rule = wanted.escape["b"]
    assert (rollout.status, rollout.phase, wanted.baseline) == ("running", "warmup", "b")
    assert wanted.warmup is not None
    assert wanted.warmup.goals == {"b": 5_000}
    assert wanted.metric.kind == "rating"
    assert 0.85 < (rule.lower_score or 0) < 0.95
    assert 0.05 < (rule.max_error_rate or 0) < 0.2
    assert (rule.max_cost or 0) > 0
    assert stored(world, experiment).status == "ended"
    assert "stopped" in kinds(world, experiment)


def test_what_was_hardly_seen_sets_no_limit(world: World) -> None:
    two_flows(world)
    experiment = started(world)

    rollout = rolling_out.roll_out(world, experiment.id, arm="b", force=True)

    assert wanted_of(rollout).escape == {}


@pytest.mark.parametrize(("arm", "code"), [(None, "no-winner"), ("b", "no-winner")])
def test_nothing_is_rolled_out_that_is_not_proven(world: World, arm: str | None, code: str) -> None:
    two_flows(world)
    experiment = started(world)

    with pytest.raises(Conflict) as refused:
        rolling_out.roll_out(world, experiment.id, arm=arm)

    assert refused.value.code == code
    assert stored(world, experiment).status == "running"


def test_an_arm_that_is_not_there_and_one_that_has_all_traffic_are_refused(world: World) -> None:
    two_flows(world)
    experiment = started(world)

    with pytest.raises(Invalid) as unknown:
        rolling_out.roll_out(world, experiment.id, arm="z", force=True)
    with pytest.raises(Conflict) as everything:
        rolling_out.roll_out(world, experiment.id, arm="a", force=True)

    assert (unknown.value.field, everything.value.code) == ("arm", "nothing-to-roll-out")
    assert stored(world, experiment).status == "running"


def test_an_ended_test_is_rolled_out_too_and_a_rollout_is_not(world: World) -> None:
    two_flows(world)
    experiment = started(world, auto_stop=False)
    sessions = come(world, [f"c{number}" for number in range(300)])
    judged(world, experiment, sessions, "conversion", lambda arm, number: float(arm == "b"))
    experiments.stop(world, experiment.id)

    rollout = rolling_out.roll_out(world, experiment.id)

    assert rollout.policy == "progressive"
    assert wanted_of(rollout).baseline == "b"
    assert wanted_of(rollout).escape == {}  # what a rollout counts says nothing of who did not convert
    with pytest.raises(Conflict) as refused:
        rolling_out.roll_out(world, rollout.id)
    assert refused.value.code == "not-an-ab-test"


def test_identical_arms_have_no_winner(world: World) -> None:
    two_flows(world)
    experiment = started(world, arms=("a", "a"), same=True)

    with pytest.raises(Conflict) as refused:
        rolling_out.roll_out(world, experiment.id, arm="A", force=True)

    assert refused.value.code == "no-winner"

"""An experiment owns the weights of its use case, one at a time, and leaves them where it ends."""

import pytest

from app.domain.allocation_json import plan_from_json
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.escape import EscapeRule
from app.services import experiments, flows, observing, picks, use_cases
from app.services.flows import FlowEdit
from app.services.rollouts import Wanted, WantedRule
from app.services.use_cases import UseCaseEdit
from app.services.world import World
from tests.services.made import CODE, make_step, make_use_case, start, weights_now

HALVES = {"a": 5000, "b": 5000}


def test_a_started_experiment_runs_over_the_active_flows_from_their_weights(world: World) -> None:
    make_use_case(world, weights={"a": 7000, "b": 3000})
    flows.create(world, CODE, FlowEdit(code="idle", steps=(make_step(),)))

    experiment = start(world, escape={"a": WantedRule(0.2)}, max_feedback=500)

    plan = observing.plan_of(experiment)
    assert (experiment.status, experiment.phase, experiment.outcome) == ("running", "adaptive", None)
    assert (plan.flows, plan.start, plan.baseline, plan.epsilon) == (("a", "b"), (7000, 3000), "a", 0.02)
    assert (plan.escape, plan.max_feedback, plan.stop) == ({"a": EscapeRule(0.2)}, 500, "certified")
    assert observing.plan_of(experiments.get(world, experiment.id)) == plan
    assert world.snapshots.current.use_cases[CODE].epoch_id is not None


def test_the_optimising_mode_never_ends_by_itself(world: World) -> None:
    make_use_case(world, weights=HALVES)

    plan = observing.plan_of(start(world, mode="optimise", epsilon=0.1, baseline="b", scale="rating"))

    assert (plan.stop, plan.epsilon, plan.baseline) == ("never", 0.1, "b")


def test_a_second_experiment_must_wait(world: World) -> None:
    make_use_case(world, weights=HALVES)
    start(world)

    with pytest.raises(Conflict) as refused:
        start(world)

    assert refused.value.code == "experiment-running"


def test_one_flow_is_no_experiment(world: World) -> None:
    make_use_case(world)

    with pytest.raises(Conflict) as refused:
        start(world)

    assert refused.value.code == "too-few-flows"


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"baseline": "nobody"}, "baseline"),
        ({"escape": {"nobody": WantedRule(0.1)}}, "escape.nobody"),
        ({"tick_s": 0.0}, "tick_s"),
        ({"tick_s": float("nan")}, "tick_s"),
        ({"delta": 0.0}, "delta"),
    ],
)
def test_a_plan_that_cannot_run_is_refused(world: World, wanted: dict[str, object], field: str) -> None:
    make_use_case(world, weights=HALVES)

    with pytest.raises(Invalid) as refused:
        start(world, **wanted)

    assert refused.value.field == field
    assert experiments.page(world, use_case=None, cursor=None, limit=5) == ([], None)


def test_while_it_runs_no_hand_moves_the_weights(world: World) -> None:
    make_use_case(world, weights=HALVES)
    start(world)

    for change in (
        lambda: flows.set_weights(world, CODE, {"a": 10_000}, actor="test"),
        lambda: flows.change(world, CODE, "a", FlowEdit(weight=1), actor="test"),
        lambda: flows.change(world, CODE, "a", FlowEdit(active=False), actor="test"),
        lambda: flows.change(world, CODE, "a", FlowEdit(steps=(make_step(prompt="New"),)), actor="test"),
    ):
        with pytest.raises(Conflict) as refused:
            change()
        assert refused.value.code == "experiment-running"

    assert weights_now(world) == HALVES


def test_a_stopped_experiment_keeps_the_weights_and_frees_them(world: World) -> None:
    make_use_case(world, weights=HALVES)
    experiment = start(world)

    ended = experiments.stop(world, experiment.id)

    assert (ended.status, ended.outcome, ended.ended_at) == ("ended", "stopped", world.now())
    assert weights_now(world) == HALVES
    assert picks.pick(world, CODE, correlation_id="c1").session.epoch_id is None
    flows.set_weights(world, CODE, {"a": 10_000}, actor="test")
    with pytest.raises(Conflict) as refused:
        experiments.stop(world, experiment.id)
    assert refused.value.code == "experiment-ended"


def test_another_experiment_may_follow(world: World) -> None:
    make_use_case(world, weights=HALVES)
    make_use_case(world, "other", weights=HALVES)
    first = start(world)
    experiments.stop(world, first.id)

    second, elsewhere = start(world), start(world, "other")

    listed, _ = experiments.page(world, use_case=CODE, cursor=None, limit=5)
    assert {experiment.id for experiment in listed} == {first.id, second.id}
    everywhere, _ = experiments.page(world, use_case=None, cursor=None, limit=5)
    assert {experiment.id for experiment in everywhere} == {first.id, second.id, elsewhere.id}


def test_unknown_experiments_and_use_cases_are_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        experiments.get(world, world.new_id())
    with pytest.raises(NotFound):
        experiments.stop(world, world.new_id())
    with pytest.raises(NotFound):
        experiments.start(world, "nobody", Wanted())
    with pytest.raises(NotFound):
        experiments.page(world, use_case="nobody", cursor=None, limit=5)


def test_a_use_case_is_deleted_with_its_running_experiment(world: World) -> None:
    make_use_case(world, weights=HALVES)
    experiment = start(world)
    use_cases.change(world, CODE, UseCaseEdit(active=False))

    use_cases.delete(world, CODE)

    with pytest.raises(NotFound):
        experiments.get(world, experiment.id)


def test_the_stored_plan_reads_as_it_was_written(world: World) -> None:
    make_use_case(world, weights=HALVES)
    experiment = start(world, escape={"b": WantedRule(0.3, 20)})

    stored = experiments.get(world, experiment.id).config["plan"]

    assert isinstance(stored, dict)
    assert plan_from_json(stored) == observing.plan_of(experiment)

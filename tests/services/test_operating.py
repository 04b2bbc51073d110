"""An operator steers a running experiment: each command is one more step, checked, recorded and told."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.db.uow import Store
from app.domain.errors import Conflict, Invalid, ModelMatchError, NotFound
from app.domain.experiment import Experiment
from app.services import advancing, experiments, flows, operating, picks
from app.services.flows import FlowEdit
from app.services.rollouts import Wanted, WantedRule, WantedWarmup
from app.services.world import World
from tests.services.made import CODE, all_flows, make_step, make_use_case, weights_now
from tests.services.rolling import seen
from tests.services.steering import ACTOR, begun, ids_of, kinds, moves_of, rated, stored, told
from tests.worlds import Clock, opened

THIRDS = {"a": 4000, "b": 3000, "c": 3000}


@pytest.fixture
def world(store: Store, tmp_path: Path, clock: Clock, request: pytest.FixtureRequest) -> Iterator[World]:
    """Its ids are those of the test, because terms are remembered by the experiment's."""
    with opened(store, tmp_path, clock=clock, new_id=ids_of(request.node.originalname)) as world:
        make_use_case(world, weights=THIRDS)
        yield world


def refused(act: Callable[[], object]) -> str:
    """The code of the refusal, or the field of a value."""
    with pytest.raises(ModelMatchError) as caught:
        act()
    error = caught.value
    assert isinstance(error, Conflict | Invalid)
    return str(error.field) if isinstance(error, Invalid) else error.code


def escape(world: World, experiment: Experiment, flow: str, **rollback: int) -> Experiment:
    """Force it, with that rollback if any."""
    return operating.escape(world, experiment.id, flow, rollback=rollback or None, actor=ACTOR)


def complete(world: World, experiment: Experiment, flow: str) -> Experiment:
    """Choose the flow."""
    return operating.complete(world, experiment.id, flow, actor=ACTOR)


def reopen(world: World, experiment: Experiment, *, pardon: bool = False) -> Experiment:
    """Open it again."""
    return operating.reopen(world, experiment.id, pardon=pardon, actor=ACTOR)


def test_a_pause_holds_weights_and_ramp_and_the_resumed_one_goes_on_where_it_was(world: World, clock: Clock) -> None:
    experiment = begun(world, warmup=WantedWarmup(minutes=10, goals={"b": 5_000, "c": 5_000}))
    clock.forward(minutes=5)
    advancing.advance(world, experiment.use_case_id)
    halfway = weights_now(world)

    paused = operating.pause(world, experiment.id, actor=ACTOR)
    for _ in range(3):
        clock.forward(minutes=20)
        advancing.advance(world, experiment.use_case_id)

    assert halfway == weights_now(world) == {"a": 2000, "b": 4000, "c": 4000}
    assert paused.paused_at is not None
    assert refused(lambda: operating.pause(world, experiment.id, actor=ACTOR)) == "experiment-paused"
    clock.forward(minutes=20)
    resumed = operating.resume(world, experiment.id, actor=ACTOR)
    advancing.advance(world, experiment.use_case_id)
    assert (resumed.paused_at, weights_now(world)) == (None, halfway)
    clock.forward(minutes=5)
    advancing.advance(world, experiment.use_case_id)
    assert weights_now(world) == {"a": 0, "b": 5000, "c": 5000}
    assert stored(world, experiment).phase == "adaptive"
    assert refused(lambda: operating.resume(world, experiment.id, actor=ACTOR)) == "experiment-not-paused"
    assert [kind for kind in kinds(world, experiment) if kind != "moved"] == ["started", "paused", "resumed"]
    assert {event.data["actor"] for event in told(world, experiment) if event.what in ("paused", "resumed")} == {ACTOR}


def test_while_it_is_paused_feedback_moves_no_weights_but_a_bad_flow_escapes(world: World, clock: Clock) -> None:
    experiment = begun(world, escape={"c": WantedRule(0.5, 5)})
    operating.pause(world, experiment.id, actor=ACTOR)

    rated(world, 12, lambda flow: float(flow != "a"), clock=clock)
    assert weights_now(world) == THIRDS
    rated(world, 300, lambda flow: float(flow == "b"), name="bad", until=lambda: weights_now(world)["c"] == 0)

    after = stored(world, experiment)
    assert weights_now(world) == {"a": 5714, "b": 4286, "c": 0}
    assert (after.paused_at is not None, after.phase, after.outcome) == (True, "adaptive", None)
    assert kinds(world, experiment) == ["started", "paused", "escaped", "moved"]
    assert [move.inputs["paused"] for move in moves_of(world, experiment)] == [True]


def test_a_forced_escape_leaves_the_rest_in_proportion_and_goes_on(world: World) -> None:
    experiment = begun(world)

    after = escape(world, experiment, "b")

    assert weights_now(world) == {"a": 5714, "b": 0, "c": 4286}
    assert (after.status, after.phase, after.outcome, after.decided_by) == ("running", "adaptive", None, None)
    (move,) = moves_of(world, experiment)
    assert (move.actor, move.reason) == (ACTOR, "b escaped: an operator wants it")
    assert [(event.what, event.data["actor"]) for event in told(world, experiment)[1:]] == [
        ("escaped", ACTOR),
        ("moved", ACTOR),
    ]
    assert all_flows(world)["b"].evicted_at is not None
    assert refused(lambda: escape(world, experiment, "b")) == "flow-escaped"


def test_a_forced_escape_rolls_back_as_the_operator_says_and_ends_the_search(world: World) -> None:
    experiment = begun(world, escape={"b": WantedRule(0.1, rollback={"c": 10_000})})

    after = escape(world, experiment, "b", a=7_000, c=3_000)

    assert weights_now(world) == {"a": 7000, "b": 0, "c": 3000}
    assert (after.phase, after.outcome, after.decided_by) == ("escaped", "escaped", "operator")
    assert world.snapshots.current.experiments[experiment.use_case_id] == after


def test_a_forced_escape_without_a_rollback_keeps_to_the_rule_of_the_flow(world: World) -> None:
    experiment = begun(world, escape={"b": WantedRule(0.1, rollback={"c": 10_000})})

    after = escape(world, experiment, "b")

    assert weights_now(world) == {"a": 0, "b": 0, "c": 10_000}
    assert (after.phase, after.outcome) == ("escaped", "escaped")


def test_a_forced_escape_that_nobody_could_mean_is_refused_and_changes_nothing(world: World) -> None:
    """wire.md B4, B5: no weights to a flow that leaves, has left or takes no part, and never less or more than all."""
    experiment = begun(world)
    escape(world, experiment, "c")
    before = (stored(world, experiment), weights_now(world), kinds(world, experiment))

    for flow, rollback, field in (
        ("nobody", {}, "flow"),
        ("b", {"nobody": 10_000}, "rollback.nobody"),
        ("b", {"a": 9_999}, "rollback"),
        ("b", {"a": 0}, "rollback"),
        ("b", {"a": 5_000, "b": 5_000}, "rollback.b"),
        ("b", {"c": 10_000}, "rollback.c"),
    ):
        assert refused(lambda flow=flow, rollback=rollback: escape(world, experiment, flow, **rollback)) == field  # type: ignore[misc]  # bound at once

    assert (stored(world, experiment), weights_now(world), kinds(world, experiment)) == before


def test_the_last_flow_never_escapes(world: World) -> None:
    experiment = begun(world)
    escape(world, experiment, "a")
    after = escape(world, experiment, "b")

    assert (after.phase, after.outcome) == ("escaped", "escaped")
    assert refused(lambda: escape(world, experiment, "c")) == "last-flow"
    assert weights_now(world) == {"a": 0, "b": 0, "c": 10_000}


def test_sessions_of_a_flow_that_escapes_leave_it_or_may_finish(world: World) -> None:
    for on_escape in ("evict", "finish"):
        experiment = begun(world, on_escape=on_escape)
        old = next(
            picked
            for number in range(60)
            if (picked := picks.pick(world, CODE, correlation_id=f"{on_escape}{number}")).flow.code == "b"
        )
        escape(world, experiment, "b")

        again = picks.pick(world, CODE, correlation_id=old.session.correlation_id)

        assert (again.flow.code == "b") is (on_escape == "finish")
        experiments.stop(world, experiment.id)
        flows.set_weights(world, CODE, THIRDS, actor=ACTOR)
        break_evictions(world)


def break_evictions(world: World) -> None:
    """Flow b counts as never evicted."""
    with world.store.write() as tx:
        world.store.bump(tx)
        tx.exec_driver_sql("UPDATE flows SET evicted_at = NULL")
    world.snapshots.refresh()


def test_a_forced_completion_gives_all_to_the_chosen_flow(world: World) -> None:
    """wire.md B4: only to a flow that takes part; another one is refused, and new sessions are served as before."""
    flows.create(world, CODE, FlowEdit(code="idle", steps=(make_step(),)))
    experiment = begun(world)
    for other in ("idle", "nobody", all_flows(world)["a"].id):
        assert refused(lambda other=other: complete(world, experiment, other)) == "flow"  # type: ignore[misc]  # bound at once
    assert weights_now(world) == {**THIRDS, "idle": 0}

    after = complete(world, experiment, "c")

    assert weights_now(world) == {"a": 0, "b": 0, "c": 10_000, "idle": 0}
    assert (after.status, after.phase, after.outcome, after.decided_by) == (
        "running",
        "completed",
        "completed",
        "operator",
    )
    assert after.winner_flow_id == all_flows(world)["c"].id
    assert kinds(world, experiment) == ["started", "completed", "moved"]
    end = {"outcome": "completed", "how": "forced", "flow": "c", "certified": False, "actor": ACTOR}
    assert told(world, experiment)[1].data == end
    assert picks.pick(world, CODE, correlation_id="next").flow.code == "c"


def test_another_flow_may_be_chosen_later_unless_it_has_escaped(world: World) -> None:
    experiment = begun(world)
    escape(world, experiment, "b")
    complete(world, experiment, "c")

    after = complete(world, experiment, "a")

    assert (weights_now(world)["a"], after.winner_flow_id) == (10_000, all_flows(world)["a"].id)
    assert refused(lambda: complete(world, experiment, "b")) == "flow-escaped"
    assert kinds(world, experiment).count("completed") == 2


def test_a_part_is_held_out_beside_the_chosen_flow_once_it_is_known(world: World) -> None:
    experiment = begun(world, holdout=700, min_feedback=5, mode="optimise")
    rated(world, 40, lambda flow: 1.0)

    complete(world, experiment, "b")

    assert weights_now(world) == {"a": 700, "b": 9300, "c": 0}


def test_a_decided_experiment_is_opened_again_with_fresh_evidence(world: World, clock: Clock) -> None:
    """wire.md W13: what was said before it was opened again decides nothing."""
    experiment = begun(world, min_feedback=5)
    rated(world, 25, lambda flow: float(flow == "c"))
    assert refused(lambda: reopen(world, experiment)) == "experiment-running"
    escape(world, experiment, "b")
    complete(world, experiment, "a")
    clock.forward(minutes=1)

    after = reopen(world, experiment)

    assert (after.status, after.phase, after.outcome, after.winner_flow_id, after.decided_by) == (
        "running",
        "adaptive",
        None,
        None,
        None,
    )
    assert kinds(world, experiment)[-1] == "reopened"
    assert weights_now(world) == {"a": 10_000, "b": 0, "c": 0}
    clock.forward(minutes=60)
    advancing.advance(world, experiment.use_case_id)
    assert weights_now(world) == {"a": 9000, "b": 0, "c": 1000}
    assert moves_of(world, experiment)[-1].reason == "equal split until every flow has 5 feedback"


def test_with_a_pardon_flows_that_had_escaped_are_back(world: World, clock: Clock) -> None:
    experiment = begun(world, escape={"b": WantedRule(0.5, 5)})
    rated(world, 300, lambda flow: float(flow != "b"), until=lambda: weights_now(world)["b"] == 0)
    assert weights_now(world)["b"] == 0
    escape(world, experiment, "a")
    assert refused(lambda: reopen(world, experiment)) == "too-few-flows"

    after = reopen(world, experiment, pardon=True)

    assert after.state["escaped"] == []
    clock.forward(minutes=30)
    advancing.advance(world, experiment.use_case_id)
    assert (stored(world, experiment).outcome, weights_now(world)["b"] > 0) == (None, True)


def test_a_stopped_experiment_is_opened_again_over_the_same_flows_only(world: World, clock: Clock) -> None:
    experiment = begun(world)
    experiments.stop(world, experiment.id)
    assert world.snapshots.current.use_cases[CODE].epoch_id is None
    flows.set_weights(world, CODE, {"a": 1_000, "b": 1_000, "c": 8_000}, actor=ACTOR)
    flows.create(world, CODE, FlowEdit(code="d", steps=(make_step(),)))
    flows.change(world, CODE, "d", FlowEdit(active=True), actor=ACTOR)
    clock.forward(hours=1)
    assert refused(lambda: reopen(world, experiment)) == "flows-changed"
    assert stored(world, experiment).status == "ended"
    flows.change(world, CODE, "d", FlowEdit(active=False), actor=ACTOR)

    after = reopen(world, experiment)

    assert (after.status, after.ended_at, after.outcome) == ("running", None, None)
    assert weights_now(world) == {"a": 1000, "b": 1000, "c": 8000, "d": 0}
    session = picks.pick(world, CODE, correlation_id="new").session
    assert session.epoch_id == world.snapshots.current.use_cases[CODE].epoch_id is not None
    assert seen(world, experiment)["sessions"] == 1


def test_an_ended_experiment_waits_while_another_one_runs(world: World) -> None:
    first = begun(world)
    experiments.stop(world, first.id)
    begun(world)

    assert refused(lambda: reopen(world, first)) == "experiment-running"
    assert stored(world, first).status == "ended"


def test_nothing_is_done_to_what_does_not_run(world: World) -> None:
    draft = experiments.draft(world, CODE, Wanted())
    ended = begun(world)
    experiments.stop(world, ended.id)
    for act in (
        lambda of: operating.pause(world, of, actor=ACTOR),
        lambda of: operating.resume(world, of, actor=ACTOR),
        lambda of: operating.escape(world, of, "a", actor=ACTOR),
        lambda of: operating.complete(world, of, "a", actor=ACTOR),
    ):
        assert refused(lambda act=act: act(ended.id)) == "experiment-ended"  # type: ignore[misc]  # bound at once
        assert refused(lambda act=act: act(draft.id)) == "experiment-not-running"  # type: ignore[misc]  # bound at once
        with pytest.raises(NotFound):
            act(world.new_id())
    assert refused(lambda: reopen(world, draft)) == "experiment-not-running"
    assert refused(lambda: experiments.stop(world, draft.id)) == "experiment-not-running"


def test_a_command_takes_in_what_was_said_before_and_is_made_once(world: World) -> None:
    """wire.md C3, C5: weights, state, epoch and event change together, or not at all."""
    experiment = begun(world)
    rated(world, 9, lambda flow: 1.0)

    after = escape(world, experiment, "b")

    (move,) = moves_of(world, experiment)
    assert sum(after.state["received"]) == 9  # type: ignore[arg-type]  # a list of counts
    assert move.inputs["command"] == {"kind": "escape", "flow": "b", "weights": None, "pardon": False}
    assert (move.outputs["state"], dict(move.after)) == (
        after.state,
        {flow.id: flow.weight for flow in all_flows(world).values()},
    )
    epoch = picks.pick(world, CODE, correlation_id="new").session.epoch_id
    with world.store.read() as tx:
        from_store = experiments.rows.epochs_of(tx, experiment.id)
    assert [epoch.number for epoch in from_store if epoch.ended_at is None] == [1]
    assert [one.id for one in from_store][-1] == epoch

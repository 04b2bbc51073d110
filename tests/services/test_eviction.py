"""Sessions of a flow that escaped are given to another one, once and for good; with no other flow they go on."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.db.uow import Store
from app.domain.message import Usage
from app.domain.session import Session
from app.services import calls, experiments, feedback, flows, generate, picks, runs, traffic
from app.services.calls import Reported
from app.services.feedback import Given
from app.services.flows import FlowEdit
from app.services.world import World
from tests.services.made import CODE, SMALL, ask, make_use_case, start
from tests.services.rolling import HALVES, evict, seen
from tests.worlds import Clock, close_world, opened

THIRDS = {"a": 3000, "b": 4000, "c": 3000}


@pytest.fixture
def world(store: Store, tmp_path: Path, clock: Clock) -> Iterator[World]:
    """Its ids are new in every test, because terms are remembered by the experiment's."""
    with opened(store, tmp_path, clock=clock) as world:
        yield world


def served_by(world: World, code: str) -> Session:
    """A session of that flow, of a user of its own."""
    for number in range(100):
        picked = picks.pick(world, CODE, correlation_id=f"c{number}", user_id=f"u{number}")
        if picked.flow.code == code:
            return picked.session
    raise AssertionError(f"no session came to {code}")


def again(world: World, session: Session) -> picks.Picked:
    """The next step of the session's correlation id."""
    return picks.pick(world, CODE, correlation_id=session.correlation_id)


def test_a_running_session_of_an_escaped_flow_moves_at_its_next_step_and_stays_there(world: World) -> None:
    """Without C14: no session of the bad flow goes on until it expires."""
    make_use_case(world, weights=THIRDS)
    old = served_by(world, "b")
    evict(world, "b", shares={"a": 5000, "c": 5000})

    done = generate.run(world, CODE, ask(old.correlation_id))
    *_, streamed = generate.events(world, CODE, ask(old.correlation_id), streamed=True)
    picked = again(world, old)

    assert done.session.replaces == old.id
    assert done.flow.code in ("a", "c")
    assert done.session.unit == old.unit
    assert isinstance(streamed, generate.Finished)
    assert done.session.id == streamed.session.id == picked.session.id
    assert (picked.first, picked.flow.code) == (False, done.flow.code)
    assert [session.id for session in runs.sessions(world, old.correlation_id)] == [done.session.id, old.id]


def test_sessions_of_other_flows_and_those_assigned_later_are_left_alone(world: World, clock: Clock) -> None:
    make_use_case(world, weights=HALVES)
    kept = served_by(world, "a")
    evict(world, "b")
    clock.forward(seconds=1)
    later = picks.pick(world, CODE, correlation_id="later", user_id=served_by(world, "b").unit)

    assert again(world, kept).session == kept
    assert (later.flow.code, later.session.replaces) == ("b", None)
    assert again(world, later.session).session == later.session


def test_a_session_goes_on_where_no_other_flow_can_serve(world: World) -> None:
    """Never an outage by misconfiguration: neither weights nor the last flow can be taken from a session."""
    make_use_case(world, weights=HALVES)
    old = served_by(world, "b")
    flows.set_weights(world, CODE, {"b": 10_000}, actor="test")
    evict(world, "b")

    assert again(world, old).session == old
    assert generate.run(world, CODE, ask(old.correlation_id)).session == old

    flows.set_weights(world, CODE, HALVES, actor="test")
    moved = again(world, old)
    assert (moved.session.replaces, moved.flow.code) == (old.id, "a")


def test_a_session_of_an_escaped_flow_that_was_deleted_is_given_another_one(world: World) -> None:
    make_use_case(world, weights=HALVES)
    old = served_by(world, "b")
    evict(world, "b", shares={"a": 10_000})
    flows.change(world, CODE, "b", FlowEdit(active=False), actor="test")
    flows.delete(world, CODE, "b")

    assert (again(world, old).flow.code, again(world, old).session.replaces) == ("a", None)


def test_parallel_next_steps_in_two_worlds_move_to_one_session(
    world: World, store_url: str, tmp_path: Path, clock: Clock
) -> None:
    """P1 after an eviction, also where both processes remember the old session."""
    make_use_case(world, weights=THIRDS)
    old = served_by(world, "b")
    other_store = Store(store_url)
    with opened(other_store, tmp_path / "other", clock=clock) as other, ThreadPoolExecutor(16) as pool:
        assert again(other, old).session == old
        evict(world, "b", shares={"a": 5000, "c": 5000})
        other.snapshots.refresh()

        answers = list(pool.map(lambda number: again((world, other)[number % 2], old), range(32)))
        after = [again(world, old), again(other, old)]
    other_store.close()

    assert len({picked.session.id for picked in (*answers, *after)}) == 1
    assert sum(picked.first for picked in answers) == 1
    assert {picked.session.replaces for picked in answers} == {old.id}
    assert len(runs.sessions(world, old.correlation_id)) == 2


def test_with_the_store_gone_an_evicted_session_moves_once_and_the_move_is_kept(
    store_url: str, tmp_path: Path, clock: Clock
) -> None:
    store = Store(store_url)
    with opened(store, tmp_path, clock=clock) as world:
        make_use_case(world, weights=THIRDS)
        old = served_by(world, "b")
        evict(world, "b", shares={"a": 5000, "c": 5000})
        store.close()

        first, second = again(world, old), again(world, old)

        assert (first.session.replaces, first.flow.code) == (old.id, second.flow.code)
        assert first.session.id == second.session.id

    back = Store(store_url)
    with opened(back, tmp_path, clock=clock) as reborn:
        close_world(reborn)  # the journal replays before it ends
        assert [session.id for session in runs.sessions(reborn, old.correlation_id)] == [first.session.id, old.id]
    back.close()


def test_opinions_after_the_move_judge_the_new_flow(world: World, clock: Clock) -> None:
    make_use_case(world, weights=HALVES)
    experiment = start(world)
    old = served_by(world, "b")
    evict(world, "b", shares={"a": 10_000})
    clock.forward(seconds=1)
    new = again(world, old).session

    opinion = feedback.give(world, Given("thumb", 1, use_case=CODE, correlation_id=old.correlation_id))

    assert (opinion.session_id, opinion.flow_id) == (new.id, new.flow_id)
    assert new.epoch_id == old.epoch_id
    assert seen(world, experiment)["n"] == 1


def test_a_call_that_the_old_flow_made_is_reported_to_it(world: World) -> None:
    make_use_case(world, weights=HALVES)
    old = served_by(world, "b")
    evict(world, "b", shares={"a": 10_000})

    call = calls.report(world, Reported(SMALL, 5, Usage(1), use_case=CODE, correlation_id=old.correlation_id))

    assert (call.session_id, call.flow_id) == (old.id, old.flow_id)


def test_a_session_drawn_past_a_weight_of_its_old_flow_is_no_evidence(world: World, clock: Clock) -> None:
    make_use_case(world, weights=HALVES)
    experiment = start(world)
    old = served_by(world, "b")
    evict(world, "b")
    clock.forward(seconds=1)

    moved = again(world, old).session

    assert experiments.get(world, experiment.id).status == "running"
    assert (moved.replaces, moved.epoch_id) == (old.id, None)


def test_a_remembered_session_does_not_come_back_over_its_successor(world: World) -> None:
    make_use_case(world, weights=HALVES)
    old = served_by(world, "b")
    evict(world, "b", shares={"a": 10_000})
    new = again(world, old).session
    world.sessions.put(old)  # as a request does that had read it just before

    found = traffic.find(world, traffic.active_use_case(world, CODE), old.correlation_id)

    assert found == new
    assert again(world, old).session == new

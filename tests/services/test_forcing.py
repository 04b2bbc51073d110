"""A tester names the flow that answers; their session is served as others are, keeps its version and counts nowhere."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.db import model_days
from app.db import runs as run_rows
from app.db import sessions as session_rows
from app.db.baselines import newest
from app.db.run_inputs import real_inputs
from app.domain.auto import Auto
from app.domain.errors import Conflict, NotFound, UseCaseInactive
from app.domain.flow import Choice, Step
from app.domain.force import Force
from app.domain.message import Usage
from app.domain.session import Session
from app.services import calls, experiments, feedback, flows, generate, labels, picks, readout, use_cases
from app.services.calls import CallFilter, Reported
from app.services.feedback import Given
from app.services.flows import FlowEdit
from app.services.use_cases import UseCaseEdit
from app.services.world import World
from tests.services.made import CODE, ask, make_step, make_use_case, start

TWO = {"a": 10_000, "b": 0}


def forced(world: World, correlation_id: str, flow: str = "b", **at: object) -> tuple[Session, str]:
    """The session that the tester gets, and the prompt that serves it."""
    force = Force(flow, **at)  # type: ignore[arg-type]  # fields of Force by name
    found = picks.pick(world, CODE, correlation_id=correlation_id, force=force)
    return found.session, found.flow.steps[0].prompt


def test_a_tester_gets_the_flow_that_they_name_whatever_its_weight(world: World) -> None:
    make_use_case(world, weights=TWO)

    answer = generate.run(world, CODE, ask("tester", force=Force("b")))

    assert (answer.flow.code, answer.session.forced, answer.session.epoch_id) == ("b", True, None)
    assert answer.by.source == "test"
    with world.store.read() as tx:
        stored = session_rows.get_by_id(tx, answer.session.id)
    assert stored == answer.session


def test_a_tester_tries_an_inactive_flow_of_an_inactive_use_case(world: World) -> None:
    use_cases.create(world, UseCaseEdit(code=CODE))
    flows.create(world, CODE, FlowEdit(code="b", steps=(make_step(),)))

    session, _ = forced(world, "tester")

    assert session.forced
    with pytest.raises(UseCaseInactive):
        picks.pick(world, CODE, correlation_id="tester")


def test_a_session_that_was_forced_goes_on_without_being_forced_again(world: World) -> None:
    make_use_case(world, weights=TWO)
    session, _ = forced(world, "tester")

    assert picks.pick(world, CODE, correlation_id="tester").session == session
    assert forced(world, "tester")[0] == session


def test_a_version_is_forced_by_number_and_by_label_and_kept(world: World) -> None:
    make_use_case(world, weights=TWO)
    flows.change(world, CODE, "b", FlowEdit(steps=(make_step(prompt="Two"),), publish=False), actor="ann")

    by_label, label_prompt = forced(world, "l", label="draft")
    by_number, number_prompt = forced(world, "n", version=2)
    live, live_prompt = forced(world, "live")
    flows.change(world, CODE, "b", FlowEdit(steps=(make_step(prompt="Three"),), publish=False), actor="ann")

    assert (by_label.flow_version, by_number.flow_version, live.flow_version) == (2, 2, 1)
    assert (label_prompt, number_prompt, live_prompt) == ("Two", "Two", "Say {{ text }}")
    assert forced(world, "l", label="draft") == (by_label, "Two")
    assert forced(world, "fresh", label="draft")[1] == "Three"


def test_a_version_that_was_forced_is_frozen_though_its_flow_is_inactive(world: World) -> None:
    make_use_case(world)
    flows.create(world, CODE, FlowEdit(code="b", steps=(make_step(),)))
    forced(world, "tester")

    edited = flows.change(world, CODE, "b", FlowEdit(steps=(make_step(prompt="Two"),)), actor="ann")

    assert edited.version == 2
    assert forced(world, "tester")[1] == "Say {{ text }}"


def test_a_correlation_id_of_another_session_is_refused(world: World) -> None:
    make_use_case(world, weights=TWO)
    picks.pick(world, CODE, correlation_id="user")
    forced(world, "tester")

    for correlation_id, force in (("user", Force("a")), ("user", Force("b")), ("tester", Force("a"))):
        with pytest.raises(Conflict) as refused:
            generate.run(world, CODE, ask(correlation_id, force=force))
        assert refused.value.code == "session-elsewhere"
    with pytest.raises(Conflict):
        forced(world, "tester", version=2)


def test_whoever_comes_first_has_the_session_and_the_other_is_told(world: World) -> None:
    make_use_case(world, weights=TWO)

    def try_flow(flow: str) -> str | None:
        try:
            return forced(world, "tester", flow)[0].flow_id
        except Conflict:
            return None

    with ThreadPoolExecutor(8) as crowd:
        found = list(crowd.map(try_flow, ["a", "b"] * 8))

    assert len(set(found) - {None}) == 1
    assert None in found


@pytest.mark.parametrize(
    ("force", "field"),
    [
        (Force("none"), "flow"),
        (Force("a", version=7), "version"),
        (Force("a", label="staging"), "label"),
    ],
)
def test_what_is_not_there_cannot_be_forced_and_leaves_no_session(world: World, force: Force, field: str) -> None:
    make_use_case(world)

    with pytest.raises(NotFound) as refused:
        picks.pick(world, CODE, correlation_id="tester", force=force)

    assert refused.value.field == field
    with world.store.read() as tx:
        assert session_rows.of_correlation(tx, "tester") == []


def test_nothing_of_a_tester_is_counted(world: World) -> None:
    auto = Step("answer", "Say {{ text }}", Choice(auto=Auto(among=("simulated/small", "simulated/large"))))
    make_use_case(world, weights={"a": 5_000, "b": 5_000}, steps=(auto,))
    experiment = start(world)

    answer = generate.run(world, CODE, ask("tester", force=Force("b"), user_id="tina"))
    feedback.give(world, Given(kind="rating", value=1, run_id=answer.run.id))

    told = readout.readout(world, experiment.id)
    assert [(flow.sessions, flow.feedback) for flow in told.flows] == [(0, 0), (0, 0)]
    use_case = world.snapshots.current.use_cases[CODE]
    with world.store.read() as tx:
        assert newest(tx, use_case.id) == []
        assert list(real_inputs(tx, use_case.id, answer.run.started_at, limit=10)) == []
        assert session_rows.latest_of_unit(tx, use_case.id, "tina") is None
        assert model_days.everywhere(tx, answer.run.started_at.date()) == []
        assert run_rows.get(tx, answer.run.id).status == "succeeded"
    assert answer.routes == ()
    booked, _ = calls.page(world, CallFilter(), cursor=None, limit=10)
    assert {call.source for call in booked} == {"test"}
    assert experiments.get(world, experiment.id).status == "running"

    served = generate.run(world, CODE, ask("user", user_id="uma"))

    with world.store.read() as tx:
        assert [each.correlation_id for each in newest(tx, use_case.id)] == ["user"]
        assert len(list(real_inputs(tx, use_case.id, answer.run.started_at, limit=10))) == 1
        assert model_days.everywhere(tx, answer.run.started_at.date()) != []
    assert len(served.routes) == 1


def test_what_a_tester_reports_of_a_pick_is_booked_and_counts_nowhere(world: World) -> None:
    make_use_case(world)
    use_cases.change(world, CODE, UseCaseEdit(active=False))
    session, _ = forced(world, "tester", "a")
    given = {"model": "simulated/small", "usage": Usage(input_tokens=3), "latency_ms": 5, "use_case": CODE}

    call = calls.report(world, Reported(**given, correlation_id="tester"))  # type: ignore[arg-type]  # fields of Reported by name

    assert (call.source, call.session_id) == ("reported-test", session.id)
    with world.store.read() as tx:
        assert model_days.everywhere(tx, call.at.date()) == []
    with pytest.raises(UseCaseInactive):
        calls.report(world, Reported(**given))  # type: ignore[arg-type]  # fields of Reported by name


def test_a_tester_stays_with_a_flow_that_has_escaped(world: World) -> None:
    make_use_case(world, weights={"a": 5_000, "b": 5_000})
    session, _ = forced(world, "tester")
    with world.store.write() as tx:
        world.store.bump(tx)
        flows.rows.evict(tx, session.flow_id, world.now())
    world.snapshots.refresh()

    assert picks.pick(world, CODE, correlation_id="tester").session == session


def test_a_label_put_by_another_process_is_found_at_once(world: World) -> None:
    make_use_case(world)
    before = world.snapshots.current
    labels.put(world, CODE, "a", "staging", 1, actor="bob")
    world.snapshots._current = before

    session, _ = forced(world, "tester", "a", label="staging")

    assert session.flow_version == 1

"""Weights of active flows sum to 10 000 after every edit; a version that has served is never written again."""

from dataclasses import replace

import pytest

from app.domain.errors import Conflict, Invalid, NotFound, PromptInvalid, UnknownModel
from app.domain.flow import Choice, Params, Step
from app.services import flows, moves, picks, use_cases, versions
from app.services.flows import FlowEdit
from app.services.use_cases import UseCaseEdit
from app.services.world import World
from tests.services.made import CODE, all_flows, make_step, make_use_case, start, weights_now

THREE = {"a": 5000, "b": 3000, "c": 2000}


def change(world: World, flow: str, **edited: object) -> object:
    """The flow after the edit."""
    return flows.change(world, CODE, flow, FlowEdit(**edited), actor="me")  # type: ignore[arg-type]  # fields of FlowEdit by name


def reasons(world: World) -> list[str]:
    """Reasons of all moves, oldest first."""
    return [move.reason for move in reversed(moves.page(world, CODE, cursor=None, limit=100)[0])]


def test_a_new_flow_is_inactive_and_carries_nothing(world: World) -> None:
    use_cases.create(world, UseCaseEdit(code=CODE))

    made = flows.create(world, CODE, FlowEdit(code="a", title="A", steps=(make_step(),)))

    assert flows.get(world, CODE, "a") == made
    assert (made.active, made.weight, made.version, made.served) == (False, 0, 1, False)


def test_the_first_active_flow_carries_all_and_the_next_nothing_yet(world: World) -> None:
    make_use_case(world)
    flows.create(world, CODE, FlowEdit(code="b", steps=(make_step(),)))

    change(world, "b", active=True)

    assert weights_now(world) == {"a": 10_000, "b": 0}


def test_a_weight_rescales_the_others_in_proportion_and_is_a_move(world: World) -> None:
    make_use_case(world, weights=THREE)

    change(world, "c", weight=5000)

    assert weights_now(world) == {"a": 3125, "b": 1875, "c": 5000}
    (last, *_), _ = moves.page(world, CODE, cursor=None, limit=1)
    by_id = {flow.id: code for code, flow in all_flows(world).items()}
    assert {by_id[flow]: weight for flow, weight in last.before.items()} == THREE
    assert {by_id[flow]: weight for flow, weight in last.after.items()} == {"a": 3125, "b": 1875, "c": 5000}
    assert (last.actor, last.phase, last.reason) == ("me", "manual", "flow c set by hand")


def test_a_deactivated_flow_leaves_its_share_to_the_others(world: World) -> None:
    make_use_case(world, weights=THREE)

    change(world, "a", active=False)

    assert weights_now(world) == {"a": 0, "b": 6000, "c": 4000}
    assert reasons(world)[-1] == "flow a deactivated"


def test_an_edit_that_changes_no_weight_is_no_move(world: World) -> None:
    make_use_case(world, weights=THREE)
    before = reasons(world)

    change(world, "a", weight=5000)
    flows.set_weights(world, CODE, THREE, actor="me")
    change(world, "a", title="Better")

    assert reasons(world) == before


def test_bulk_weights_leave_out_whom_they_do_not_name(world: World) -> None:
    make_use_case(world, weights=THREE)

    after = flows.set_weights(world, CODE, {"b": 10_000}, actor="me")

    assert {flow.code: flow.weight for flow in after} == {"a": 0, "b": 10_000, "c": 0}


@pytest.mark.parametrize(
    ("given", "field"),
    [({"a": 9999}, "weights"), ({"a": 10_001}, "weights.a"), ({"a": -1, "b": 10_001}, "weights.a"), ({}, "weights")],
)
def test_weights_that_do_not_sum_up_are_refused_whole(world: World, given: dict[str, int], field: str) -> None:
    make_use_case(world, weights=THREE)

    with pytest.raises(Invalid) as refused:
        flows.set_weights(world, CODE, given, actor="me")

    assert refused.value.field == field
    assert weights_now(world) == THREE


def test_weights_of_unknown_and_inactive_flows_are_refused(world: World) -> None:
    make_use_case(world, weights=THREE)
    change(world, "c", active=False)

    with pytest.raises(NotFound):
        flows.set_weights(world, CODE, {"nobody": 10_000}, actor="me")
    with pytest.raises(Invalid) as bulk:
        flows.set_weights(world, CODE, {"c": 10_000}, actor="me")
    with pytest.raises(Invalid) as single:
        change(world, "c", weight=1)

    assert (bulk.value.field, single.value.field) == ("weights.c", None) or single.value.field == "weight"


def test_the_last_active_flow_of_an_active_use_case_stays(world: World) -> None:
    make_use_case(world)

    with pytest.raises(Conflict) as refused:
        change(world, "a", active=False)
    use_cases.change(world, CODE, UseCaseEdit(active=False))
    change(world, "a", active=False)

    assert refused.value.code == "last-active-flow"
    assert weights_now(world) == {"a": 0}


def test_new_steps_replace_a_version_that_nobody_can_have_been_served_by(world: World) -> None:
    make_use_case(world)
    flows.create(world, CODE, FlowEdit(code="b", steps=(make_step(),)))

    change(world, "b", steps=(make_step(prompt="New {{ text }}"),))

    flow = flows.get(world, CODE, "b")
    assert (flow.version, flow.steps[0].prompt, len(versions.page(world, CODE, "b"))) == (1, "New {{ text }}", 1)


def test_new_steps_of_an_active_flow_make_a_version_each(world: World) -> None:
    make_use_case(world)
    picks.pick(world, CODE, correlation_id="c1")

    change(world, "a", steps=(make_step(prompt="New"),))
    change(world, "a", steps=(make_step(prompt="Newer"),))
    change(world, "a", steps=(make_step(prompt="Newer"),))

    known = versions.page(world, CODE, "a")
    assert [(version.version, version.steps[0].prompt) for version in known] == [
        (3, "Newer"),
        (2, "New"),
        (1, "Say {{ text }}"),
    ]
    assert [version.served_at is not None for version in known] == [False, False, True]


def test_an_inactive_flow_changes_its_steps_while_an_experiment_runs(world: World) -> None:
    make_use_case(world, weights=THREE)
    change(world, "c", active=False)
    start(world)

    change(world, "c", steps=(make_step(prompt="New"),))

    assert flows.get(world, CODE, "c").steps[0].prompt == "New"


def bad(**changed: object) -> tuple[Step, ...]:
    """A step with one thing wrong."""
    return (replace(make_step(), **changed),)  # type: ignore[arg-type]  # fields of Step by name


@pytest.mark.parametrize(
    ("steps", "field", "error"),
    [
        ((), "steps", Invalid),
        (bad(code="other"), "steps[0].code", Invalid),
        ((make_step(), make_step()), "steps[1].code", Invalid),
        (bad(choice=Choice()), "steps[0].choice", Invalid),
        (bad(choice=Choice(("simulated/small", "nobody/knows"))), "steps[0].choice.models", UnknownModel),
        (bad(prompt="{{ a"), "steps[0].prompt", PromptInvalid),
        (bad(system="{% set a = 1 %}"), "steps[0].system", PromptInvalid),
        (bad(params=Params(response_format={"type": "xml"})), "steps[0].params.response_format", Invalid),
    ],
)
def test_steps_that_cannot_run_are_refused_by_their_place(
    world: World, steps: tuple[Step, ...], field: str, error: type[Invalid]
) -> None:
    make_use_case(world)

    for attempt in (
        lambda: flows.create(world, CODE, FlowEdit(code="b", steps=steps)),
        lambda: change(world, "a", steps=steps),
    ):
        with pytest.raises(error) as refused:
            attempt()
        assert refused.value.field == field

    assert list(all_flows(world)) == ["a"]


def test_a_clone_has_the_steps_and_nothing_else_of_its_source(world: World) -> None:
    make_use_case(world)
    picks.pick(world, CODE, correlation_id="c1")
    change(world, "a", steps=(make_step(prompt="New"),), title="Title")

    copy = flows.clone(world, CODE, "a", new_code="b", title=None)
    named = flows.clone(world, CODE, "a", new_code="c", title="Own")

    assert (copy.code, copy.title, copy.version, copy.active, copy.weight) == ("b", "Title", 1, False, 0)
    assert (copy.steps[0].prompt, named.title) == ("New", "Own")
    with pytest.raises(Conflict):
        flows.clone(world, CODE, "a", new_code="b", title=None)


def test_an_active_flow_is_not_deleted_an_inactive_one_is(world: World) -> None:
    make_use_case(world, weights=THREE)

    with pytest.raises(Conflict) as refused:
        flows.delete(world, CODE, "a")
    change(world, "a", active=False)
    flows.delete(world, CODE, "a")

    assert refused.value.code == "flow-active"
    assert weights_now(world) == {"b": 6000, "c": 4000}
    with pytest.raises(NotFound):
        flows.get(world, CODE, "a")


def test_a_flow_is_renamed_but_not_to_a_taken_code(world: World) -> None:
    make_use_case(world, weights=THREE)

    change(world, "a", code="z", description="D")
    with pytest.raises(Conflict) as refused:
        change(world, "b", code="z")

    assert refused.value.code == "duplicate-code"
    assert flows.get(world, CODE, "z").description == "D"


def test_flows_of_unknown_use_cases_are_not_found(world: World) -> None:
    for attempt in (
        lambda: flows.create(world, "nobody", FlowEdit(code="a")),
        lambda: flows.set_weights(world, "nobody", {}, actor="me"),
        lambda: flows.page(world, "nobody", search=None, order="code", cursor=None, limit=5),
        lambda: moves.page(world, "nobody", cursor=None, limit=5),
    ):
        with pytest.raises(NotFound):
            attempt()

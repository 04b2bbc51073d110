"""Limits move with the version of a flow, and flows that were stored before steps were checked go on as they are."""

from dataclasses import replace

import pytest

from app.db import flows as rows
from app.domain.errors import Invalid, PromptInvalid
from app.domain.flow import Flow, RunLimits, Step
from app.services import flows, generate, picks, traffic, versions
from app.services.flows import FlowEdit
from app.services.world import World
from tests.services.made import CODE, ask, make_step, make_use_case

TIGHT, LOOSE = RunLimits(deadline_s=2.5, max_cost=7), RunLimits(deadline_s=60)


def change(world: World, **edited: object) -> Flow:
    """The flow after the edit."""
    return flows.change(world, CODE, "a", FlowEdit(**edited), actor="me")  # type: ignore[arg-type]  # fields of FlowEdit by name


def stored(world: World, *steps: Step) -> None:
    """Flow `a` as an earlier release may have stored it."""
    flow = flows.get(world, CODE, "a")
    with world.store.write() as tx:
        rows.add_version(tx, flow.id, flow.version + 1, steps, world.now(), limits=RunLimits())
        world.store.bump(tx)
    world.snapshots.refresh()


def test_a_session_keeps_the_limits_of_the_version_that_it_was_given(world: World) -> None:
    make_use_case(world)
    change(world, limits=TIGHT)
    old = picks.pick(world, CODE, correlation_id="old").session

    change(world, limits=LOOSE)
    new = picks.pick(world, CODE, correlation_id="new").session

    assert (traffic.flow_of(world, old).limits, traffic.flow_of(world, new).limits) == (TIGHT, LOOSE)
    world.sessions.forget_use_case(old.use_case_id)
    assert traffic.flow_of(world, old).limits == TIGHT


def test_limits_come_back_with_the_version_that_had_them_and_go_along_with_a_copy(world: World) -> None:
    make_use_case(world)
    tight = change(world, limits=TIGHT)
    change(world, limits=RunLimits())

    back = flows.restore(world, CODE, "a", str(tight.version), note=None, publish=True, actor="me")
    copy = flows.clone(world, CODE, "a", new_code="b", title=None)

    assert back.limits == copy.limits == TIGHT
    assert versions.get(world, CODE, "a", "1").limits == RunLimits()


def test_limits_that_change_nothing_make_no_version(world: World) -> None:
    make_use_case(world)
    change(world, limits=TIGHT)
    before = flows.get(world, CODE, "a")

    change(world, limits=TIGHT, steps=before.steps)

    assert flows.get(world, CODE, "a").version == before.version


def test_limits_that_bound_nothing_are_refused(world: World) -> None:
    make_use_case(world)

    with pytest.raises(Invalid) as refused:
        change(world, limits=RunLimits(deadline_s=-1))

    assert refused.value.field == "limits.deadline_s"
    assert flows.get(world, CODE, "a").limits == RunLimits()


def test_a_flow_that_would_be_refused_today_is_served_and_edited_around_its_steps(world: World) -> None:
    make_use_case(world)
    old = make_step(prompt="{% if late %}{{ outputs.nobody }}{% endif %}Say {{ text }}")
    stored(world, old)

    answered = generate.run(world, CODE, ask(inputs={"text": "hello", "late": False}))
    change(world, title="Other", limits=LOOSE)

    assert answered.reply.text
    assert flows.get(world, CODE, "a").limits == LOOSE
    with pytest.raises(PromptInvalid) as refused:
        change(world, steps=(replace(old, system="new"),))
    assert refused.value.field == "steps[0].prompt"

"""A pick gives the flow's configuration, and tells the first caller that it is the first."""

import pytest
from sqlalchemy import update

from app.db import tables
from app.domain.errors import NoFlowAvailable, NotFound, UseCaseInactive
from app.services import flows, picks, use_cases
from app.services.flows import FlowEdit
from app.services.use_cases import UseCaseEdit
from app.services.world import World
from tests.services.made import CODE, make_step, make_use_case

TWO = (make_step("first"), make_step("second"))


def test_a_pick_opens_a_session_and_a_second_one_finds_it(world: World) -> None:
    make_use_case(world, steps=TWO)

    one = picks.pick(world, CODE, correlation_id="c1", user_id="ann")
    two = picks.pick(world, CODE, correlation_id="c1", user_id="ann")

    assert (one.first, two.first) == (True, False)
    assert one.session == two.session
    assert [step.code for step in one.steps] == ["first", "second"]
    assert one.session.unit == "ann"


def test_one_step_can_be_picked(world: World) -> None:
    make_use_case(world, steps=TWO)

    assert picks.pick(world, CODE, correlation_id="c1", step="second").steps == (TWO[1],)


def test_a_step_the_use_case_does_not_declare_opens_no_session(world: World) -> None:
    make_use_case(world)

    with pytest.raises(NotFound):
        picks.pick(world, CODE, correlation_id="c1", step="third")

    assert len(world.sessions) == 0


def test_a_pick_gives_the_steps_of_the_pinned_version(world: World) -> None:
    make_use_case(world)
    picks.pick(world, CODE, correlation_id="c1")
    flows.change(world, CODE, "a", FlowEdit(steps=(make_step(prompt="New"),)), actor="me")

    old, new = (picks.pick(world, CODE, correlation_id=name).steps[0].prompt for name in ("c1", "c2"))

    assert (old, new) == ("Say {{ text }}", "New")


def test_a_pick_that_no_flow_can_serve_says_so_and_opens_no_session(world: World) -> None:
    """Without B11: that no flow carries weight is not told as a step that is missing."""
    make_use_case(world)
    use_cases.change(world, CODE, UseCaseEdit(active=False))
    flows.change(world, CODE, "a", FlowEdit(active=False), actor="me")
    with pytest.raises(UseCaseInactive):
        picks.pick(world, CODE, correlation_id="c1")
    with world.store.write() as tx:  # what no edit allows: active, and no flow is
        world.store.bump(tx)
        tx.execute(update(tables.use_cases).values(active=True))
    world.snapshots.refresh()

    with pytest.raises(NoFlowAvailable, match="carries weight"):
        picks.pick(world, CODE, correlation_id="c1")

    assert len(world.sessions) == 0

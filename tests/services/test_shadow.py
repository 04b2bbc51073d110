"""A shadow is set together with its own budget, and unset without forgetting what it has spent."""

import pytest

from app.domain.errors import Conflict, NotFound
from app.services import budgets, flows, shadow
from app.services.budgets import Wanted
from app.services.flows import FlowEdit
from app.services.world import World
from tests.services.made import CODE, make_step, make_use_case

DOLLAR = 1_000_000_000


@pytest.fixture(autouse=True)
def _case(world: World) -> None:
    make_use_case(world, weights={"a": 5_000, "b": 5_000})


def named(world: World, name: str) -> list[str]:
    """Ids of the budgets of that name."""
    found, _ = budgets.page(world, cursor=None, limit=200)
    return [state.budget.id for state in found if state.budget.name == name]


def test_share_and_budget_are_set_and_changed_together(world: World) -> None:
    first = shadow.put(world, CODE, "b", share=500, limit=DOLLAR)

    assert first.flow.shadow_share == 500
    assert first.budget is not None
    budget = first.budget.budget
    assert (budget.name, budget.scope, budget.scope_value) == (f"shadow of {CODE}/b", "tag", f"shadow={first.flow.id}")
    assert (budget.unit, budget.limit, budget.period, budget.action) == ("usd", DOLLAR, "day", "block")
    assert [version.earned for version in first.versions] == [None]

    second = shadow.put(world, CODE, "b", share=1_000, limit=2 * DOLLAR)

    assert second.budget is not None
    assert (second.flow.shadow_share, second.budget.budget.limit) == (1_000, 2 * DOLLAR)
    assert second.budget.budget.id == budget.id
    assert world.snapshots.current.flows[first.flow.use_case_id][1].shadow_share == 1_000


def test_a_flow_need_not_be_active_and_keeps_its_share_through_edits(world: World) -> None:
    flows.create(world, CODE, FlowEdit(code="c", steps=(make_step(),)))
    shadow.put(world, CODE, "c", share=700, limit=DOLLAR)

    flows.change(world, CODE, "c", FlowEdit(title="Other"), actor="test")

    assert flows.get(world, CODE, "c").shadow_share == 700


def test_removing_a_shadow_switches_its_budget_off_and_setting_it_again_on(world: World) -> None:
    first = shadow.put(world, CODE, "b", share=500, limit=DOLLAR).budget
    assert first is not None

    shadow.remove(world, CODE, "b")

    gone = shadow.get(world, CODE, "b")
    assert gone.budget is not None
    assert (gone.flow.shadow_share, gone.budget.budget.active, gone.versions) == (0, False, ())
    again = shadow.put(world, CODE, "b", share=500, limit=DOLLAR).budget
    assert again is not None
    assert (again.budget.id, again.budget.active) == (first.budget.id, True)


def test_a_new_flow_of_the_same_code_gets_a_budget_of_its_own(world: World) -> None:
    old = shadow.put(world, CODE, "b", share=500, limit=DOLLAR).budget
    assert old is not None
    flows.change(world, CODE, "b", FlowEdit(active=False), actor="test")
    flows.delete(world, CODE, "b")
    flows.create(world, CODE, FlowEdit(code="b", steps=(make_step(),)))

    new = shadow.put(world, CODE, "b", share=500, limit=DOLLAR).budget

    assert new is not None
    assert named(world, new.budget.name) == [new.budget.id]
    assert new.budget.id != old.budget.id


def test_a_budget_of_somebody_else_is_not_taken_and_nothing_is_set(world: World) -> None:
    wanted = Wanted(name=f"shadow of {CODE}/b", scope="global", unit="usd", limit=1, period="month")
    other = budgets.create(world, wanted)

    with pytest.raises(Conflict):
        shadow.put(world, CODE, "b", share=500, limit=DOLLAR)

    assert flows.get(world, CODE, "b").shadow_share == 0
    assert named(world, wanted.name) == [other.id]


def test_flows_that_are_unknown_are_said_to_be(world: World) -> None:
    for ask in (shadow.get, shadow.remove):
        with pytest.raises(NotFound):
            ask(world, CODE, "x")
    with pytest.raises(NotFound):
        shadow.put(world, "x", "b", share=1, limit=1)
    with pytest.raises(NotFound):
        shadow.of_use_case(world, "x")

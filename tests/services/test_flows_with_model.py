"""A copy with another model asks that model in every step, and is there whole or not at all."""

import pytest

from app.domain.errors import Conflict, Invalid, NotFound, UnknownModel
from app.domain.flow import Choice, Flow
from app.services import flows
from app.services.flows_with_model import with_model
from app.services.world import World
from tests.services.made import CODE, all_flows, make_step, make_use_case, start

LARGE = "simulated/large"
STEPS = (
    make_step("draft", models=("simulated/small", "simulated/medium")),
    make_step("polish", "Polish {{ outputs.draft }}"),
)


def copied(
    world: World, code: str = "a", *, model: str = LARGE, new_code: str = "large", activate: bool = False
) -> Flow:
    """A copy of the flow."""
    return with_model(world, CODE, code, model=model, new_code=new_code, title=None, activate=activate, actor="test")


def test_every_step_asks_the_model_and_no_other(world: World) -> None:
    make_use_case(world, steps=STEPS)

    copy = copied(world)

    assert [step.choice for step in copy.steps] == [Choice((LARGE,)), Choice((LARGE,))]
    assert [(step.code, step.prompt, step.params) for step in copy.steps] == [
        (step.code, step.prompt, step.params) for step in STEPS
    ]
    assert (copy.active, copy.weight, copy.version, copy.title) == (False, 0, 1, "a with simulated/large")
    assert all_flows(world)["a"].steps == STEPS


def test_it_can_be_active_at_once_without_taking_traffic(world: World) -> None:
    make_use_case(world, weights={"a": 6_000, "b": 4_000})

    copied(world, activate=True)

    found = all_flows(world)
    assert {code: (flow.active, flow.weight) for code, flow in found.items()} == {
        "a": (True, 6_000),
        "b": (True, 4_000),
        "large": (True, 0),
    }
    assert flows.get(world, CODE, "large").active


def test_there_is_no_copy_when_it_cannot_be_activated(world: World) -> None:
    make_use_case(world, weights={"a": 6_000, "b": 4_000})
    start(world)

    with pytest.raises(Conflict) as caught:
        copied(world, activate=True)

    assert caught.value.code == "experiment-running"
    assert set(all_flows(world)) == {"a", "b"}


def test_a_model_a_flow_or_a_code_that_does_not_fit_is_told(world: World) -> None:
    make_use_case(world)

    with pytest.raises(UnknownModel) as model:
        copied(world, model="acme/none")
    with pytest.raises(NotFound):
        copied(world, "z")
    with pytest.raises(Invalid) as code:
        copied(world, new_code="No Code")
    with pytest.raises(Conflict):
        copied(world, new_code="a")

    assert (model.value.field, code.value.field) == ("model", "new_code")
    assert set(all_flows(world)) == {"a"}

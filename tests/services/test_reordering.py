"""A use case that orders its steps anew gives each flow a version in that order, or changes nothing."""

import pytest

from app.domain.errors import Conflict, Invalid
from app.domain.flow import Choice, Step
from app.domain.use_case import StepSpec
from app.services import flows, labels, picks, use_cases, versions
from app.services.flows import FlowEdit
from app.services.use_cases import UseCaseEdit
from app.services.world import World
from tests.services.made import CODE, make_step, make_use_case, start

STEPS = (make_step("one"), make_step("two"))
TURNED = UseCaseEdit(steps=(StepSpec("two"), StepSpec("one")))


def codes(world: World, flow: str = "a") -> list[str]:
    """Codes of the flow's steps as they are live."""
    return [step.code for step in flows.get(world, CODE, flow).steps]


def test_every_flow_gets_a_version_in_the_new_order_and_sessions_keep_theirs(world: World) -> None:
    make_use_case(world, weights={"a": 5_000, "b": 5_000}, steps=STEPS)
    old = picks.pick(world, CODE, correlation_id="old")

    use_cases.change(world, CODE, TURNED)

    assert codes(world, "a") == codes(world, "b") == ["two", "one"]
    assert [version.version for version in versions.page(world, CODE, "a")] == [2, 1]
    assert versions.get(world, CODE, "a", "live").note == "steps in the order of the use case"
    assert picks.pick(world, CODE, correlation_id="old").steps == old.steps
    assert [step.code for step in picks.pick(world, CODE, correlation_id="new").steps] == ["two", "one"]


def test_own_steps_of_a_flow_keep_their_places(world: World) -> None:
    own = Step("between", "x", Choice(("simulated/small",)), own=True)
    make_use_case(world, steps=STEPS)
    flows.change(world, CODE, "a", FlowEdit(steps=(STEPS[0], own, STEPS[1])), actor="ann")

    use_cases.change(world, CODE, TURNED)

    assert codes(world) == ["two", "between", "one"]


def test_a_flow_that_reads_what_is_not_there_yet_refuses_the_order(world: World) -> None:
    make_use_case(world, steps=(make_step("one"), make_step("two", prompt="{{ outputs.one }}")))

    with pytest.raises(Conflict) as refused:
        use_cases.change(world, CODE, TURNED)

    assert (refused.value.code, refused.value.field) == ("steps-in-use", "steps")
    assert "'a'" in refused.value.message
    assert use_cases.get(world, CODE).step_codes == ("one", "two")
    assert codes(world) == ["one", "two"]


def test_an_experiment_keeps_the_order(world: World) -> None:
    make_use_case(world, weights={"a": 5_000, "b": 5_000}, steps=STEPS)
    start(world)

    with pytest.raises(Conflict) as refused:
        use_cases.change(world, CODE, TURNED)

    assert refused.value.code == "experiment-running"
    assert use_cases.get(world, CODE).step_codes == ("one", "two")


def test_a_title_alone_makes_no_version(world: World) -> None:
    make_use_case(world, steps=STEPS)

    use_cases.change(world, CODE, UseCaseEdit(steps=(StepSpec("one", "First"), StepSpec("two"))))

    assert len(versions.page(world, CODE, "a")) == 1


def test_an_old_version_in_the_old_order_is_restored_in_the_new_one_and_never_live_as_it_was(world: World) -> None:
    make_use_case(world, steps=STEPS)
    use_cases.change(world, CODE, TURNED)
    flows.change(world, CODE, "a", FlowEdit(steps=(make_step("two"), make_step("one", prompt="New"))), actor="ann")

    with pytest.raises(Invalid) as refused:
        labels.put(world, CODE, "a", "live", 1, actor="bob")
    restored = flows.restore(world, CODE, "a", "1", note=None, publish=True, actor="bob")

    assert refused.value.field == "version"
    assert [(step.code, step.prompt) for step in restored.steps] == [
        ("two", "Say {{ text }}"),
        ("one", "Say {{ text }}"),
    ]

"""Every preset that ships is whole, renders with its example, and is run as it is."""

import pytest

from app.db import flows as flow_rows
from app.domain.auto import Auto
from app.domain.errors import Conflict, NotFound, UnknownModel
from app.domain.flow import Choice
from app.domain.quality.scoring import RUBRICS
from app.services import flows, generate, picks, presets, use_cases
from app.services.asking import Asked
from app.services.flows import FlowEdit
from app.services.step_inputs import placeholders
from app.services.toml_fields import CatalogueInvalid
from app.services.world import World
from tests.services.made import SMALL, weights_now

ALL = sorted(presets.shipped())
EXPECTED = [
    "analysis",
    "classify",
    "code-review",
    "content-generation",
    "extract",
    "rag-answer",
    "router-then-answer",
    "summarise",
    "support-reply",
    "translation",
]
FLOWS = [(code, flow.code) for code in ALL for flow in presets.shipped()[code].flows]
ONE_INPUT = {"content-generation": "topic", "translation": "text", "analysis": "text"}


def used(world: World, code: str, flow: str | None = None) -> None:
    """The preset as an active use case under its own code, all of its traffic on that flow."""
    presets.use(world, presets.get(code), code=code, models=[SMALL], activate=True, actor="test")
    if flow is not None:
        flows.change(world, code, flow, FlowEdit(active=True), actor="test")
        flows.set_weights(world, code, {flow: 10_000}, actor="test")


def test_the_presets_that_ship() -> None:
    assert ALL == EXPECTED


@pytest.mark.parametrize("code", ALL)
def test_a_preset_names_every_input_that_its_prompts_show_and_a_rubric_that_is_there(code: str) -> None:
    preset = presets.get(code)
    shown = {name for flow in preset.flows for step in flow.steps for name in placeholders(step)}

    assert shown - {"item", "number"} <= preset.example.keys()
    assert {each.name for each in preset.inputs if each.required} <= shown
    assert preset.rubric in RUBRICS
    assert all(each.description.endswith(".") for each in preset.inputs)


@pytest.mark.parametrize(("code", "flow"), FLOWS)
def test_every_flow_answers_its_example(world: World, code: str, flow: str) -> None:
    used(world, code, flow)

    answered = generate.run(world, code, Asked("c1", inputs=presets.get(code).example))

    assert answered.run.status == "succeeded"
    assert answered.run.outputs[presets.get(code).steps[0].code]


@pytest.mark.parametrize(("code", "name"), sorted(ONE_INPUT.items()))
def test_one_input_is_enough_for_the_first_three(world: World, code: str, name: str) -> None:
    for flow in presets.get(code).flows:
        used_as = f"{code}-{flow.code}"
        presets.use(world, presets.get(code), code=used_as, models=[SMALL], activate=True, actor="test")
        flows.change(world, used_as, flow.code, FlowEdit(active=True), actor="test")
        flows.set_weights(world, used_as, {flow.code: 10_000}, actor="test")

        assert generate.run(world, used_as, Asked("c1", inputs={name: "A word."})).run.status == "succeeded"


def test_a_preset_serves_at_once_when_it_is_activated_and_not_before(world: World) -> None:
    used(world, "translation")
    _, made = presets.use(world, presets.get("translation"), code="later", actor="test")

    assert weights_now(world, "translation") == {"direct": 10_000, "reviewed": 0}
    assert picks.pick(world, "translation", correlation_id="c1").flow.code == "direct"
    assert not use_cases.get(world, "later").active
    assert {step.choice for flow in made for step in flow.steps} == {Choice(auto=Auto())}


def test_a_preset_is_whole_or_not_there(world: World) -> None:
    with pytest.raises(UnknownModel):
        presets.use(world, presets.get("analysis"), code="a", models=["nobody/none"], actor="test")
    used(world, "analysis")
    with pytest.raises(Conflict):
        presets.use(world, presets.get("analysis"), code="analysis", actor="test")
    with pytest.raises(NotFound):
        presets.get("nothing")

    with world.store.read() as tx:
        assert len(flow_rows.all_of(tx)) == len(presets.get("analysis").flows)


@pytest.mark.parametrize(("text", "why"), [("code = ", "p.toml"), ('code = "a"', "title"), ("kode = 1", "kode")])
def test_a_preset_that_is_wrong_is_refused_by_name(text: str, why: str) -> None:
    with pytest.raises(CatalogueInvalid, match=why):
        presets.read(text, where="p.toml")

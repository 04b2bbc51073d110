"""Presets: use cases with flows that ship with the product, and making one's own of them."""

from typing import Annotated

from flask import Response
from pydantic import Field

from app.api import guard, http
from app.api.door import Door
from app.api.flow_payloads import FlowOut
from app.api.guard import scope
from app.api.payloads import Name, Out, Page, Payload, Words
from app.api.use_cases import StepSpecOut, UseCaseOut
from app.api.world import world
from app.domain.message import Json
from app.services import presets
from app.services.presets import Preset, PresetFlow
from app.services.step_form import written

door = Door("presets")


class PresetPath(Words):
    """A preset by code."""

    code: Name


class InputOut(Out):
    """What prompts are filled with."""

    name: str
    description: str
    required: bool
    example: object


class PresetFlowOut(Out):
    """A flow of a preset; its steps as they may be sent when a flow is written."""

    code: str
    title: str
    description: str
    steps: list[Json]

    @classmethod
    def of(cls, flow: PresetFlow) -> "PresetFlowOut":
        """The flow."""
        steps = [written(step) for step in flow.steps]
        return cls(code=flow.code, title=flow.title, description=flow.description, steps=steps)


class PresetOut(Out):
    """A use case with its flows, as it ships; `example` fills every input. The first flow is the one that serves."""

    code: str
    title: str
    description: str
    rubric: str = Field(description="name of the rule by which answers are scored")
    inputs: list[InputOut]
    example: Json
    steps: list[StepSpecOut]
    flows: list[PresetFlowOut]

    @classmethod
    def of(cls, preset: Preset) -> "PresetOut":
        """The preset."""
        return cls(
            code=preset.code,
            title=preset.title,
            description=preset.description,
            rubric=preset.rubric,
            inputs=[
                InputOut(name=each.name, description=each.description, required=each.required, example=each.example)
                for each in preset.inputs
            ],
            example=preset.example,
            steps=[
                StepSpecOut(code=step.code, position=position, title=step.title, description=step.description)
                for position, step in enumerate(preset.steps)
            ],
            flows=[PresetFlowOut.of(flow) for flow in preset.flows],
        )


class FromPresetIn(Payload):
    """Which preset, and the code of the use case, the preset's own if absent.

    Every step asks the first of `models` that answers; without any, the router picks by `auto`. `activate`: the first
    flow serves at once.
    """

    preset: Name
    code: Name | None = None
    models: Annotated[list[Name], Field(max_length=16)] = Field(default_factory=list)
    activate: bool = False


class FromPresetOut(Out):
    """What was made of a preset."""

    use_case: UseCaseOut
    flows: list[FlowOut]


@door.get("/presets", responses={200: Page[PresetOut]})
@scope("read")
def list_presets() -> Response:
    """Read all presets."""
    return http.answer(Page[PresetOut](items=[PresetOut.of(each) for each in presets.shipped().values()], next=None))


@door.get("/presets/<code>", responses={200: PresetOut})
@scope("read")
def get_preset(path: PresetPath) -> Response:
    """Read a preset with its prompts."""
    return http.answer(PresetOut.of(presets.get(path.code)))


@door.post("/use-cases/from-preset", responses={201: FromPresetOut})
@scope("write")
def use_preset(body: FromPresetIn) -> Response:
    """Make a use case with flows of a preset."""
    use_case, flows = presets.use(
        world(),
        presets.get(body.preset, field="preset"),
        code=body.code or body.preset,
        models=body.models,
        activate=body.activate,
        actor=guard.key().name,
    )
    return http.created(FromPresetOut(use_case=UseCaseOut.of(use_case), flows=[FlowOut.of(flow) for flow in flows]))

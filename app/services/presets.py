"""Presets are use cases with flows that ship as data, ready to be made one's own."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib.resources import files
from typing import Annotated, Final

from pydantic import Field, ValidationError

from app.db.uow import Tx
from app.domain.auto import Auto
from app.domain.errors import NotFound
from app.domain.flow import Choice, Flow, RunLimits, Step
from app.domain.message import Json
from app.domain.use_case import StepSpec, UseCase
from app.services import flows, use_cases
from app.services.editing import edit
from app.services.flow_form import RunLimitsForm, StepSpecForm
from app.services.flows import FlowEdit
from app.services.rollout_form import Code, Form, Line
from app.services.step_form import PresetStepForm
from app.services.toml_fields import CatalogueInvalid
from app.services.use_cases import UseCaseEdit
from app.services.world import World

FOLDER: Final = "presets"


@dataclass(frozen=True, slots=True)
class Input:
    """What a prompt of the preset is filled with; an input that is not `required` may be left out."""

    name: str
    description: str
    required: bool
    example: object


@dataclass(frozen=True, slots=True)
class PresetFlow:
    """A flow of a preset; every step asks by `auto` until models are named."""

    code: str
    title: str
    description: str
    steps: tuple[Step, ...]
    limits: RunLimits


@dataclass(frozen=True, slots=True)
class Preset:
    """A use case with its flows, the first of which gets the traffic."""

    code: str
    title: str
    description: str
    rubric: str
    steps: tuple[StepSpec, ...]
    flows: tuple[PresetFlow, ...]
    inputs: tuple[Input, ...]

    @property
    def example(self) -> Json:
        """Every input with its example."""
        return {each.name: each.example for each in self.inputs}


class _InputForm(Form):
    name: Code
    description: Line
    required: bool = True
    example: object


class _FlowForm(Form):
    code: Code
    title: Line
    description: Line = ""
    limits: RunLimitsForm = Field(default_factory=RunLimitsForm)
    steps: Annotated[list[PresetStepForm], Field(min_length=1)]


class _PresetForm(Form):
    code: Code
    title: Line
    description: Line
    rubric: Code = "generic"
    inputs: Annotated[list[_InputForm], Field(min_length=1)]
    steps: Annotated[list[StepSpecForm], Field(min_length=1)]
    flows: Annotated[list[_FlowForm], Field(min_length=1)]


@cache
def shipped() -> Mapping[str, Preset]:
    """All presets by code, in the order of the alphabet. Raises CatalogueInvalid naming the file and the field."""
    folder = files("app.catalogue") / FOLDER
    texts = {entry.name: entry.read_text("utf-8") for entry in folder.iterdir() if entry.name.endswith(".toml")}
    found = [read(texts[name], where=name) for name in sorted(texts)]
    return {preset.code: preset for preset in found}


def get(code: str, *, field: str | None = None) -> Preset:
    """The preset. Raises NotFound, naming the `field` that asked for it."""
    found = shipped().get(code)
    if found is None:
        raise NotFound("preset", code, field=field)
    return found


def read(text: str, *, where: str) -> Preset:
    """The preset of a file. Raises CatalogueInvalid."""
    try:
        form = _PresetForm.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise CatalogueInvalid(f"{where}: {error}") from error
    return Preset(
        code=form.code,
        title=form.title,
        description=form.description,
        rubric=form.rubric,
        steps=tuple(step.to_domain() for step in form.steps),
        flows=tuple(_flow(flow) for flow in form.flows),
        inputs=tuple(Input(each.name, each.description, each.required, each.example) for each in form.inputs),
    )


def use(
    world: World, preset: Preset, *, code: str, models: Sequence[str] = (), activate: bool = False, actor: str
) -> tuple[UseCase, list[Flow]]:
    """A use case of that code with the preset's flows; each step asks these `models`, without any it asks by auto.

    `activate`: it serves at once, all of it by the first flow; the others stay inactive. Raises Invalid for the code,
    UnknownModel, Conflict when the code is taken.
    """
    choice = Choice(tuple(models)) if models else Choice(auto=Auto())
    make = partial(_make, world=world, preset=preset, code=code, choice=choice, activate=activate, actor=actor)
    return edit(world, make)


def _make(
    tx: Tx, *, world: World, preset: Preset, code: str, choice: Choice, activate: bool, actor: str
) -> tuple[UseCase, list[Flow]]:
    wanted = UseCaseEdit(code, preset.title, preset.description, preset.rubric, None, preset.steps)
    use_case = use_cases.create_in(tx, world, wanted)
    made = []
    for flow in preset.flows:
        steps = tuple(replace(step, choice=choice) for step in flow.steps)
        note = f"from preset {preset.code}"
        edited = FlowEdit(flow.code, flow.title, flow.description, steps=steps, limits=flow.limits, note=note)
        made.append(flows.create_in(tx, world, code, edited, actor=actor))
    if activate:
        made[0] = flows.change_in(tx, world, code, made[0].code, FlowEdit(active=True), actor=actor)
        use_case = use_cases.change_in(tx, world, code, UseCaseEdit(active=True))
    return use_case, made


def _flow(form: _FlowForm) -> PresetFlow:
    steps = tuple(step.to_domain() for step in form.steps)
    return PresetFlow(form.code, form.title, form.description, steps, form.limits.to_domain())

"""A flow's steps as they come in and go out."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.api.auto_payloads import AutoIn, AutoOut
from app.api.cache_payloads import CacheTtl
from app.api.messages import ParamsIn
from app.api.payloads import Line, Name, Out, Payload, Text, Weight
from app.domain.flow import HEAVIEST, Balance, Choice, Flow, Params, Step
from app.domain.message import Json
from app.services.flows import FlowEdit

History = Annotated[bool, Field(description="whether earlier turns of the request stand before the prompt")]

BalanceWord = Annotated[
    Balance, Field(description="which model is asked first: the first, one drawn by weight, or the least busy")
]
Weights = Annotated[
    list[Annotated[int, Field(ge=1, le=HEAVIEST)]],
    Field(max_length=16, description="one per model, with balance spread; none means equal"),
]


class ChoiceIn(Payload):
    """How a step names its model: an ordered list, a task, or auto, where a task says what the router learns by."""

    models: Annotated[list[Name], Field(max_length=16)] = Field(default_factory=list)
    task: Name | None = None
    balance: BalanceWord = "order"
    weights: Weights = Field(default_factory=list)
    auto: AutoIn | None = None

    def to_domain(self) -> Choice:
        """The choice."""
        auto = None if self.auto is None else self.auto.to_domain()
        return Choice(tuple(self.models), self.task, self.balance, tuple(self.weights), auto)


class StepIn(Payload):
    """One model call of a flow; `prompt` and `system` are templates over the inputs and the earlier `outputs`."""

    code: Name
    prompt: Text
    choice: ChoiceIn
    system: Text = ""
    params: ParamsIn = Field(default_factory=ParamsIn)
    history: History = True
    timeout_s: Annotated[float, Field(gt=0, le=86_400)] | None = None
    cache_ttl_s: CacheTtl | None = None

    def to_domain(self) -> Step:
        """The step."""
        return Step(
            code=self.code,
            prompt=self.prompt,
            choice=self.choice.to_domain(),
            system=self.system,
            params=self.params.params(),
            history=self.history,
            timeout_s=self.timeout_s,
            cache_ttl_s=self.cache_ttl_s,
        )


Steps = Annotated[list[StepIn], Field(max_length=64)]


class FlowIn(Payload):
    """A new flow, inactive at first."""

    code: Name
    title: Line = ""
    description: Text = ""
    steps: Steps

    def edit(self) -> FlowEdit:
        """The edit that makes it."""
        return FlowEdit(code=self.code, title=self.title, description=self.description, steps=steps_of(self.steps))


class FlowPatchIn(Payload):
    """What changes; what is absent or null stays."""

    code: Name | None = None
    title: Line | None = None
    description: Text | None = None
    active: bool | None = None
    weight: Weight | None = None
    steps: Steps | None = None

    def edit(self) -> FlowEdit:
        """The edit."""
        return FlowEdit(
            code=self.code,
            title=self.title,
            description=self.description,
            active=self.active,
            weight=self.weight,
            steps=None if self.steps is None else steps_of(self.steps),
        )


class ChoiceOut(Out):
    """How a step names its model."""

    models: list[str]
    task: str | None
    balance: BalanceWord
    weights: Weights
    auto: AutoOut | None

    @classmethod
    def of(cls, choice: Choice) -> "ChoiceOut":
        """The choice."""
        return cls(
            models=list(choice.models),
            task=choice.task,
            balance=choice.balance,
            weights=list(choice.weights),
            auto=None if choice.auto is None else AutoOut.of(choice.auto),
        )


class ParamsOut(Out):
    """How a step asks its model."""

    max_tokens: int | None
    temperature: float | None
    top_p: float | None
    stop: list[str]
    seed: int | None
    response_format: Json | None
    options: Json

    @classmethod
    def of(cls, params: Params) -> "ParamsOut":
        """The parameters."""
        return cls(
            max_tokens=params.max_tokens,
            temperature=params.temperature,
            top_p=params.top_p,
            stop=list(params.stop),
            seed=params.seed,
            response_format=params.response_format,
            options=params.options,
        )


class StepOut(Out):
    """A step of a flow."""

    code: str
    prompt: str
    choice: ChoiceOut
    system: str
    params: ParamsOut
    history: History
    timeout_s: float | None
    cache_ttl_s: float | None

    @classmethod
    def of(cls, step: Step) -> "StepOut":
        """The step."""
        return cls(
            code=step.code,
            prompt=step.prompt,
            choice=ChoiceOut.of(step.choice),
            system=step.system,
            params=ParamsOut.of(step.params),
            history=step.history,
            timeout_s=step.timeout_s,
            cache_ttl_s=step.cache_ttl_s,
        )


class FlowOut(Out):
    """A flow at its current version; `served`: this version has served a session and is frozen."""

    id: str
    code: str
    title: str
    description: str
    active: bool
    weight: int = Field(description="share of new sessions in 1/10 000")
    version: int
    served: bool
    steps: list[StepOut]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, flow: Flow) -> "FlowOut":
        """The flow."""
        return cls(
            id=flow.id,
            code=flow.code,
            title=flow.title,
            description=flow.description,
            active=flow.active,
            weight=flow.weight,
            version=flow.version,
            served=flow.served,
            steps=[StepOut.of(step) for step in flow.steps],
            created_at=flow.created_at,
            updated_at=flow.updated_at,
        )


def steps_of(given: list[StepIn]) -> tuple[Step, ...]:
    """The steps."""
    return tuple(step.to_domain() for step in given)

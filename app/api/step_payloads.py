"""A step as it comes in and goes out."""

from typing import Annotated, Final, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag

from app.api.auto_payloads import AutoIn, AutoOut
from app.api.cache_payloads import CacheTtl
from app.api.messages import ParamsIn
from app.api.payloads import JsonObject, Name, Out, Payload, Text
from app.domain.flow import (
    HEAVIEST,
    MOST_AT_ONCE,
    MOST_ITEMS,
    MOST_RETRIES,
    MOST_ROUNDS,
    Action,
    Balance,
    Choice,
    Each,
    Hook,
    OnError,
    Params,
    Repeat,
    Step,
)
from app.domain.message import Json

MOST_STEPS: Final = 64

History = Annotated[bool, Field(description="whether earlier turns of the request stand before the prompt")]

BalanceWord = Annotated[
    Balance, Field(description="which model is asked first: the first, one drawn by weight, or the least busy")
]
Weights = Annotated[
    list[Annotated[int, Field(ge=1, le=HEAVIEST)]],
    Field(max_length=16, description="one per model, with balance spread; none means equal"),
]


Expression = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
After = Annotated[
    list[Name],
    Field(max_length=MOST_STEPS, description="steps that must be settled before; null: the one before it, []: none"),
]
When = Annotated[
    Expression, Field(description="expression over inputs, outputs and parsed; the step is skipped unless true")
]
Own = Annotated[bool, Field(description="a step of this flow alone, besides those that the use case declares")]
Retries = Annotated[
    int, Field(ge=0, le=MOST_RETRIES, description="tries of the whole step after a failure that another may mend")
]
OutputSchema = Annotated[JsonObject, Field(description="JSON Schema of the answer, which is JSON then")]


class EachIn(Payload):
    """The step asks once per item of the list that `over` gives; its output is the JSON list of the answers."""

    over: Expression
    most: Annotated[int, Field(ge=1, le=MOST_ITEMS, description="a longer list fails the step")] = 100
    at_once: Annotated[int, Field(ge=1, le=MOST_AT_ONCE, description="items asked together")] = 8


class RepeatIn(Payload):
    """The step asks again until `until` is true after a round, at most `most` rounds; the last answer stands."""

    most: Annotated[int, Field(ge=1, le=MOST_ROUNDS)]
    until: Expression | None = None


class OnErrorIn(Payload):
    """What follows when the step fails: with `value` a text stands in, with `step` an own step is asked instead."""

    action: Action
    value: Text | None = None
    step: Name | None = None


OnErrorWanted = Annotated[
    Annotated[Literal["fail", "skip"], Tag("action")] | Annotated[OnErrorIn, Tag("whole")],
    Discriminator(lambda given: "action" if isinstance(given, str) else "whole"),  # so that a fault names one path
    Field(description="what follows when the step fails: fail, skip, or an object with its action"),
]


class HookIn(Payload):
    """A plugin that runs around the step."""

    name: Name
    options: JsonObject = Field(default_factory=dict)


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
    """One model call of a flow; `prompt` and `system` show inputs, and `outputs` and `parsed` of the steps before.

    What a step says of order, conditions, lists, rounds, failures and shape is told in docs/flows.md.
    """

    code: Name
    prompt: Text
    choice: ChoiceIn
    system: Text = ""
    params: ParamsIn = Field(default_factory=ParamsIn)
    history: History = True
    timeout_s: Annotated[float, Field(gt=0, le=86_400)] | None = None
    cache_ttl_s: CacheTtl | None = None
    own: Own = False
    after: After | None = None
    when: When | None = None
    retries: Retries = 0
    on_error: OnErrorWanted = "fail"
    output_schema: OutputSchema | None = None
    each: EachIn | None = None
    repeat: RepeatIn | None = None
    hooks: Annotated[list[HookIn], Field(max_length=16)] = Field(default_factory=list)

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
            own=self.own,
            after=None if self.after is None else tuple(self.after),
            when=self.when,
            retries=self.retries,
            on_error=self._on_error(),
            output_schema=self.output_schema,
            each=None if self.each is None else Each(self.each.over, self.each.most, self.each.at_once),
            repeat=None if self.repeat is None else Repeat(self.repeat.most, self.repeat.until),
            hooks=tuple(Hook(hook.name, hook.options) for hook in self.hooks),
        )

    def _on_error(self) -> OnError:
        given = self.on_error
        return OnError(given) if isinstance(given, str) else OnError(given.action, given.value, given.step)


Steps = Annotated[list[StepIn], Field(max_length=MOST_STEPS)]


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


class EachOut(Out):
    """The list that a step goes over."""

    over: str
    most: int
    at_once: int


class RepeatOut(Out):
    """The rounds of a step."""

    most: int
    until: str | None


class OnErrorOut(Out):
    """What follows when a step fails."""

    action: Action
    value: str | None
    step: str | None


class HookOut(Out):
    """A plugin that runs around a step."""

    name: str
    options: Json


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
    own: Own
    after: After | None
    when: When | None
    retries: Retries
    on_error: OnErrorOut
    output_schema: OutputSchema | None
    each: EachOut | None
    repeat: RepeatOut | None
    hooks: list[HookOut]

    @classmethod
    def of(cls, step: Step) -> "StepOut":
        """The step."""
        on_error, each, repeat = step.on_error, step.each, step.repeat
        return cls(
            code=step.code,
            prompt=step.prompt,
            choice=ChoiceOut.of(step.choice),
            system=step.system,
            params=ParamsOut.of(step.params),
            history=step.history,
            timeout_s=step.timeout_s,
            cache_ttl_s=step.cache_ttl_s,
            own=step.own,
            after=None if step.after is None else list(step.after),
            when=step.when,
            retries=step.retries,
            on_error=OnErrorOut(action=on_error.action, value=on_error.value, step=on_error.step),
            output_schema=None if step.output_schema is None else dict(step.output_schema),
            each=None if each is None else EachOut(over=each.over, most=each.most, at_once=each.at_once),
            repeat=None if repeat is None else RepeatOut(most=repeat.most, until=repeat.until),
            hooks=[HookOut(name=hook.name, options=hook.options) for hook in step.hooks],
        )

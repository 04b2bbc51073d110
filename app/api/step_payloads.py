"""A step as it goes out; it comes in as `app/services/step_form.py` has it."""

from collections.abc import Sequence
from typing import Literal

from app.api.auto_payloads import AutoOut
from app.api.payloads import Out
from app.domain.flow import Action, Choice, Hook, Params, Step
from app.domain.message import Json
from app.services.step_form import After, BalanceWord, History, OutputSchema, Own, Retries, Weights, When
from app.services.step_inputs import placeholders


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
    on_failure: Literal["fail", "pass"]
    timeout_ms: int

    @classmethod
    def of(cls, hook: Hook) -> "HookOut":
        """The hook."""
        return cls(name=hook.name, options=hook.options, on_failure=hook.on_failure, timeout_ms=hook.timeout_ms)


class StepOut(Out):
    """A step of a flow. `position` counts from 0 in the flow's order; `placeholders` are the inputs that it names."""

    code: str
    position: int
    placeholders: list[str]
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
    def of(cls, step: Step, position: int) -> "StepOut":
        """The step."""
        on_error, each, repeat = step.on_error, step.each, step.repeat
        return cls(
            code=step.code,
            position=position,
            placeholders=list(placeholders(step)),
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
            hooks=[HookOut.of(hook) for hook in step.hooks],
        )


def steps_out(steps: Sequence[Step], *, of: Sequence[Step] | None = None) -> list[StepOut]:
    """The steps, each at its position among those `of` the flow."""
    places = {step.code: place for place, step in enumerate(steps if of is None else of)}
    return [StepOut.of(step, places[step.code]) for step in steps]

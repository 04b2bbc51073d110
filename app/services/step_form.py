"""The shape in which a step of a flow is written down, the same at every door: HTTP, files and presets."""

from typing import Annotated, Final, Literal

import orjson
from pydantic import Discriminator, Field, StringConstraints, Tag

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
    Repeat,
    Step,
)
from app.domain.money import to_usd
from app.services.auto_form import AutoForm
from app.services.params_form import JsonObject, ParamsForm
from app.services.rollout_form import Code, Form

MOST_STEPS: Final = 64
YEAR_S: Final = 31_536_000

Text = Annotated[str, StringConstraints(max_length=1_000_000)]
CacheTtl = Annotated[float, Field(gt=0, le=YEAR_S, description="seconds for which an answer is kept for repeats")]
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
    list[Code],
    Field(max_length=MOST_STEPS, description="steps that must be settled before; null: the one before it, []: none"),
]
When = Annotated[
    Expression, Field(description="expression over inputs, outputs and parsed; the step is skipped unless true")
]
Own = Annotated[bool, Field(description="a step of this flow alone, besides those that the use case declares")]
Retries = Annotated[
    int, Field(ge=0, le=MOST_RETRIES, description="tries of the whole step after a failure that another may mend")
]
Position = Annotated[
    int, Field(ge=0, le=1_000_000, description="where the step stands, for all steps or none; else as they are listed")
]
ReadBack = Annotated[
    list[Text], Field(max_length=10_000, description="inputs that the prompts name, as a flow tells them; not kept")
]
OutputSchema = Annotated[JsonObject, Field(description="JSON Schema of the answer, which is JSON then")]


class EachForm(Form):
    """The step asks once per item of the list that `over` gives; its output is the JSON list of the answers."""

    over: Expression
    most: Annotated[int, Field(ge=1, le=MOST_ITEMS, description="a longer list fails the step")] = 100
    at_once: Annotated[int, Field(ge=1, le=MOST_AT_ONCE, description="items asked together")] = 8


class RepeatForm(Form):
    """The step asks again until `until` is true after a round, at most `most` rounds; the last answer stands."""

    most: Annotated[int, Field(ge=1, le=MOST_ROUNDS)]
    until: Expression | None = None


class OnErrorForm(Form):
    """What follows when the step fails: with `value` a text stands in, with `step` an own step is asked instead."""

    action: Action
    value: Text | None = None
    step: Code | None = None


OnErrorWanted = Annotated[
    Annotated[Literal["fail", "skip"], Tag("action")] | Annotated[OnErrorForm, Tag("whole")],
    Discriminator(lambda given: "action" if isinstance(given, str) else "whole"),  # so that a fault names one path
    Field(description="what follows when the step fails: fail, skip, or an object with its action"),
]


class HookForm(Form):
    """A plugin that runs around each call of the step, with options of its own.

    `on_failure`: the call fails with it, or goes on as if it were not there.
    """

    name: Code
    options: JsonObject = Field(default_factory=dict)
    on_failure: Literal["fail", "pass"] = "fail"
    timeout_ms: Annotated[int, Field(ge=1, le=60_000, description="how long it is waited for each time")] = 1_000

    def to_domain(self) -> Hook:
        """The hook."""
        return Hook(self.name, self.options, self.on_failure, self.timeout_ms)


class ChoiceForm(Form):
    """How a step names its model: an ordered list, a task, or auto, where a task says what the router learns by."""

    models: Annotated[list[Code], Field(max_length=16)] = Field(default_factory=list)
    task: Code | None = None
    balance: BalanceWord = "order"
    weights: Weights = Field(default_factory=list)
    auto: AutoForm | None = None

    def to_domain(self) -> Choice:
        """The choice."""
        auto = None if self.auto is None else self.auto.to_domain()
        return Choice(tuple(self.models), self.task, self.balance, tuple(self.weights), auto)


class StepForm(Form):
    """One model call of a flow; `prompt` and `system` show inputs, and `outputs` and `parsed` of the steps before.

    What a step says of order, conditions, lists, rounds, failures and shape is told in docs/flows.md.
    """

    code: Code
    prompt: Text
    choice: ChoiceForm
    system: Text = ""
    params: ParamsForm = Field(default_factory=ParamsForm)
    history: History = True
    timeout_s: Annotated[float, Field(gt=0, le=86_400)] | None = None
    cache_ttl_s: CacheTtl | None = None
    own: Own = False
    after: After | None = None
    when: When | None = None
    retries: Retries = 0
    on_error: OnErrorWanted = "fail"
    output_schema: OutputSchema | None = None
    each: EachForm | None = None
    repeat: RepeatForm | None = None
    hooks: Annotated[list[HookForm], Field(max_length=16)] = Field(default_factory=list)
    position: Position | None = None
    placeholders: ReadBack | None = None

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
            hooks=tuple(hook.to_domain() for hook in self.hooks),
        )

    def _on_error(self) -> OnError:
        given = self.on_error
        return OnError(given) if isinstance(given, str) else OnError(given.action, given.value, given.step)


class PresetStepForm(StepForm):
    """A step that ships as data: whom it asks is chosen when it is used; by auto unless it says otherwise."""

    choice: ChoiceForm = Field(default_factory=lambda: ChoiceForm(auto=AutoForm()))


Steps = Annotated[list[StepForm], Field(max_length=MOST_STEPS)]


def written(step: Step) -> dict[str, object]:
    """The form that says this, as JSON without what goes without saying: what an author may send again."""
    told = orjson.loads(orjson.dumps(step))
    auto = told["choice"]["auto"]
    if auto is not None:
        nanos = auto.pop("max_cost")
        auto["max_cost_usd"] = None if nanos is None else to_usd(nanos)
    if step.on_error.action in ("fail", "skip"):
        told["on_error"] = step.on_error.action
    return StepForm.model_validate(told).model_dump(exclude_defaults=True)

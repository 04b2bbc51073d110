"""A flow is one candidate way to the goal; a version of it that has served a session never changes again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

from app.domain.auto import Auto, auto_named
from app.domain.auto import check as check_auto
from app.domain.errors import Conflict, Invalid, StepNotConfigured
from app.domain.message import Json
from app.domain.use_case import check_code

Balance = Literal["order", "spread", "least-loaded"]
Action = Literal["fail", "skip", "value", "step"]
HEAVIEST: Final = 1_000
MOST_ITEMS: Final = 1_000
MOST_AT_ONCE: Final = 32
MOST_ROUNDS: Final = 20
MOST_RETRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """How a step names its model: an ordered list of slugs (first wins, the rest are fallbacks), a task, or `auto`.

    `balance` says which model of the list is asked first: the first (`order`), one drawn by `weights` (`spread`; empty
    means equal, else one weight per model), or the one with the fewest calls in flight (`least-loaded`).
    """

    models: tuple[str, ...] = ()
    task: str | None = None
    balance: Balance = "order"
    weights: tuple[int, ...] = ()
    auto: Auto | None = None


@dataclass(frozen=True, slots=True)
class Params:
    """How the model is asked; None leaves the request's or vendor's default. `options` go to the vendor as they are."""

    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    response_format: Json | None = None
    options: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Each:
    """The step asks once per item of the list that the expression `over` gives, `at_once` (1…32) of them together.

    A list of more than `most` (1…1000) items fails the step.
    """

    over: str
    most: int = 100
    at_once: int = 8


@dataclass(frozen=True, slots=True)
class Repeat:
    """The step asks again, at most `most` (1…20) rounds in all; after a round that makes `until` true it is done."""

    most: int
    until: str | None = None


@dataclass(frozen=True, slots=True)
class OnError:
    """What follows when the step fails for good.

    `fail`: the run fails. `skip`: the step counts as skipped. `value`: that text stands as its output. `step`: the own
    step of that code is asked instead, and its answer stands as the output of both.
    """

    action: Action = "fail"
    value: str | None = None
    step: str | None = None


@dataclass(frozen=True, slots=True)
class Hook:
    """A plugin that runs around each call of the step, with options of its own.

    `on_failure`: the call fails with it, or goes on as if it were not there. It is waited for `timeout_ms` each time.
    """

    name: str
    options: Json = field(default_factory=dict)
    on_failure: Literal["fail", "pass"] = "fail"
    timeout_ms: int = 1_000


@dataclass(frozen=True, slots=True)
class RunLimits:
    """What bounds one run of the flow: seconds until it must be over, and nano-dollars. None: no bound."""

    deadline_s: float | None = None
    max_cost: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One model call of a flow. `history`: earlier turns of the request stand between system and prompt.

    `cache_ttl_s`: answers are kept for repeats that long; None keeps none unless the request asks. `own`: a step of
    this flow alone, besides those that the use case declares. `after`: the steps that must be settled before; None is
    the one before it in the list, () none. `when`: an expression; the step is skipped where it is false. `retries`
    0…5: further tries of the whole step after a failure that another try may mend. `output_schema`: the JSON Schema of
    an answer that is JSON.
    """

    code: str
    prompt: str
    choice: Choice
    system: str = ""
    params: Params = field(default_factory=Params)
    history: bool = True
    timeout_s: float | None = None
    cache_ttl_s: float | None = None
    own: bool = False
    after: tuple[str, ...] | None = None
    when: str | None = None
    retries: int = 0
    on_error: OnError = field(default_factory=OnError)
    output_schema: Json | None = None
    each: Each | None = None
    repeat: Repeat | None = None
    hooks: tuple[Hook, ...] = ()


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow at one version. `weight` is its share of new sessions in 1/10 000; an inactive flow has 0.

    Sessions that were assigned before `evicted_at` are given to another flow at their next step. `shadow_share`: the
    part (1/10 000) of the sessions of other flows whose inputs this one answers too, unseen. `limits` belong to the
    version as its steps do.
    """

    id: str
    use_case_id: str
    code: str
    title: str
    description: str
    active: bool
    weight: int
    version: int
    served: bool
    steps: tuple[Step, ...]
    created_at: datetime
    updated_at: datetime
    evicted_at: datetime | None = None
    shadow_share: int = 0
    limits: RunLimits = field(default_factory=RunLimits)

    def step(self, code: str) -> Step:
        """The step. Raises StepNotConfigured when this flow has none of that code."""
        for step in self.steps:
            if step.code == code:
                return step
        raise StepNotConfigured(f"flow {self.code!r} has no step {code!r}", field="step")


def check_steps(steps: Sequence[Step], declared: Sequence[str]) -> tuple[Step, ...]:
    """The steps, with those that the use case declares in its order and none of them said to be the flow's own.

    Raises Invalid for a step that the use case does not declare and that is not the flow's own, one that stands twice,
    one that is missing, and for declared steps in another order among own ones.
    """
    by_code: dict[str, Step] = {}
    for position, step in enumerate(steps):
        if step.code not in declared:
            if not step.own:
                told = f"the use case declares no step {step.code!r}: say `own: true` for a step of this flow alone"
                raise Invalid(told, field=f"steps[{position}].code")
            check_code(step.code, field=f"steps[{position}].code")
        if step.code in by_code:
            raise Invalid(f"step {step.code!r} stands twice", field=f"steps[{position}].code")
        check_choice(step.choice, field=f"steps[{position}].choice")
        check_balance(step.choice, field=f"steps[{position}].choice")
        by_code[step.code] = replace(step, own=False) if step.own and step.code in declared else step
    for code in declared:
        if code not in by_code:
            raise Invalid(f"step {code!r} is missing", field="steps")
    if len(by_code) == len(declared):
        return tuple(by_code[code] for code in declared)
    if [code for code in by_code if code in declared] != list(declared):
        raise Invalid(f"the use case's steps stand in its order: {', '.join(declared)}", field="steps")
    return tuple(by_code.values())


def choice_named(name: str, *, field: str = "model") -> Choice:
    """What a model's name chooses: `auto`, `auto/<strategy>`, or that model. Raises Invalid for an unknown strategy."""
    auto = auto_named(name, field=field)
    return Choice((name,)) if auto is None else Choice(auto=auto)


def check_choice(choice: Choice, *, field: str) -> None:
    """Raises Invalid unless the choice names models, a task or auto; a task with auto is what the router learns by."""
    if not choice.models and choice.task is None and choice.auto is None:
        raise Invalid("a step names models, a task or auto", field=field)
    if choice.auto is not None:
        if choice.models:
            raise Invalid("auto names its models in `among`", field=f"{field}.models")
        check_auto(choice.auto, field=f"{field}.auto")


def check_balance(choice: Choice, *, field: str) -> None:
    """Raises Invalid for a balance without models, or weights that do not fit to the models."""
    if choice.balance != "order" and not choice.models:
        raise Invalid("a balance is between models", field=f"{field}.balance")
    if not choice.weights:
        return
    if choice.balance != "spread":
        raise Invalid("weights belong to balance spread", field=f"{field}.weights")
    if len(choice.weights) != len(choice.models):
        raise Invalid(f"{len(choice.models)} weights are expected, one per model", field=f"{field}.weights")
    for position, weight in enumerate(choice.weights):
        if not 1 <= weight <= HEAVIEST:
            raise Invalid(f"a weight from 1 to {HEAVIEST} is expected", field=f"{field}.weights[{position}]")


def check_deletion(flow: Flow) -> None:
    """Raises Conflict while the flow is active."""
    if flow.active:
        raise Conflict("an active flow cannot be deleted", code="flow-active")


def check_deactivation(flow: Flow, flows: Sequence[Flow], *, use_case_active: bool) -> None:
    """Raises Conflict when the last active flow of an active use case would go."""
    others = [other for other in flows if other.active and other.id != flow.id]
    if use_case_active and not others:
        raise Conflict("the last active flow of an active use case stays", code="last-active-flow", field="active")


def weights(flows: Sequence[Flow]) -> Mapping[str, int]:
    """Weight by flow id over the active flows; sums to 10 000 or to 0 when none is active."""
    return {flow.id: flow.weight for flow in flows if flow.active}

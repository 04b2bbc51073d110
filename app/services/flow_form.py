"""The shapes in which use cases and their flows are written down in files, and limits of runs at every door."""

from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import Field

from app.domain.flow import Flow, RunLimits, Step
from app.domain.money import from_usd, to_usd
from app.domain.use_case import ONLY_STEP, StepSpec, UseCase
from app.services.ab.form import AbForm
from app.services.budget_form import UsdText
from app.services.rollout_form import Code, Form, Line, RolloutForm
from app.services.step_form import Steps, Text, written

MOST_FLOWS: Final = 1_000
MOST_EXPERIMENTS: Final = 100
Weight = Annotated[int, Field(ge=0, le=10_000, description="share in 1/10 000")]


class RunLimitsForm(Form):
    """What bounds one run, over all of its steps; null does not. `{}` bounds nothing."""

    deadline_s: Annotated[float, Field(gt=0, le=86_400)] | None = None
    max_cost_usd: UsdText | None = None

    def to_domain(self) -> RunLimits:
        """The limits."""
        return RunLimits(self.deadline_s, None if self.max_cost_usd is None else from_usd(self.max_cost_usd))


class FlowForm(Form):
    """A flow of a use case, all of it. Either each active flow has a `weight`, of 10 000 in all, or none has."""

    code: Code
    title: Line = ""
    description: Text = ""
    active: bool = False
    weight: Weight | None = None
    limits: RunLimitsForm = Field(default_factory=RunLimitsForm)
    steps: Steps


class StepSpecForm(Form):
    """A step that every flow of the use case fills in."""

    code: Code
    title: Line = ""
    description: Text = ""

    def to_domain(self) -> StepSpec:
        """The step."""
        return StepSpec(self.code, self.title, self.description)


class ExperimentForm(Form):
    """An experiment: a rollout or an A/B test."""

    rollout: RolloutForm | None = None
    ab_test: AbForm | None = None


class UseCaseForm(Form):
    """A use case with its flows and experiments; without steps it has one, `answer`."""

    code: Code
    title: Line = ""
    description: Text = ""
    rubric: Code = "generic"
    active: bool = False
    steps: Annotated[list[StepSpecForm], Field(min_length=1, max_length=64)] = Field(
        default_factory=lambda: [StepSpecForm(code=ONLY_STEP.code, title=ONLY_STEP.title)]
    )
    flows: Annotated[list[FlowForm], Field(max_length=MOST_FLOWS)] = Field(default_factory=list)
    experiments: Annotated[list[ExperimentForm], Field(max_length=MOST_EXPERIMENTS)] = Field(default_factory=list)

    @property
    def weighed(self) -> bool:
        """Whether the weights are said; if not, they stay as they are."""
        return any(flow.weight is not None for flow in self.flows)


def told(it: UseCase | UseCaseForm) -> dict[str, object]:
    """The use case as it is written in a file, without flows and experiments."""
    return {**_named(it), "rubric": it.rubric, "active": it.active, "steps": [_named(step) for step in it.steps]}


def told_flow(it: Flow | FlowForm, steps: Sequence[Step], limits: RunLimits, *, weighed: bool) -> dict[str, object]:
    """The flow as it is written in a file; `weighed`: with its weight, if it is active."""
    found = {**_named(it), "active": it.active}
    if weighed and it.active:
        found["weight"] = it.weight or 0
    bounds = _told_limits(limits)
    if bounds:
        found["limits"] = bounds
    return {**found, "steps": [written(step) for step in steps]}


def _named(it: UseCase | UseCaseForm | Flow | FlowForm | StepSpec | StepSpecForm) -> dict[str, object]:
    texts = {"title": it.title, "description": it.description}
    return {"code": it.code, **{name: text for name, text in texts.items() if text}}


def _told_limits(limits: RunLimits) -> dict[str, object]:
    found: dict[str, object] = {}
    if limits.deadline_s is not None:
        found["deadline_s"] = limits.deadline_s
    if limits.max_cost is not None:
        found["max_cost_usd"] = to_usd(limits.max_cost)
    return found

"""A flow as it comes in and goes out."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from app.api.payloads import Line, Name, Out, Payload, Text, Weight, Words, usd
from app.api.step_payloads import StepOut, steps_out
from app.api.world import world
from app.domain.flow import Flow, RunLimits, Step
from app.domain.flow_label import LIVE
from app.domain.positions import ordered
from app.services.flow_form import RunLimitsForm
from app.services.flows import FlowEdit
from app.services.step_form import StepForm, Steps

Note = Annotated[str, StringConstraints(max_length=10_000), Field(description="why the version is made, for people")]
Labels = Annotated[
    dict[str, int], Field(description="version by label; new sessions get `live`, the others are for testers")
]


class FlowPath(Words):
    """A flow of a use case, both by code."""

    code: Name
    flow: Name


class RunLimitsOut(Out):
    """What bounds one run; null does not."""

    deadline_s: float | None
    max_cost_usd: str | None

    @classmethod
    def of(cls, limits: RunLimits) -> "RunLimitsOut":
        """The limits."""
        return cls(deadline_s=limits.deadline_s, max_cost_usd=usd(limits.max_cost))


class FlowIn(Payload):
    """A new flow, inactive at first."""

    code: Name
    title: Line = ""
    description: Text = ""
    steps: Steps
    limits: RunLimitsForm | None = None
    note: Note | None = None

    def edit(self) -> FlowEdit:
        """The edit that makes it."""
        return FlowEdit(
            code=self.code,
            title=self.title,
            description=self.description,
            steps=steps_of(self.steps),
            limits=None if self.limits is None else self.limits.to_domain(),
            note=self.note,
        )


class FlowPatchIn(Payload):
    """What changes; what is absent or null stays.

    New steps or limits are live at once, unless `publish` is false, or absent for a flow that bears labels: then they
    are a draft.
    """

    code: Name | None = None
    title: Line | None = None
    description: Text | None = None
    active: bool | None = None
    weight: Weight | None = None
    steps: Steps | None = None
    limits: RunLimitsForm | None = None
    note: Note | None = None
    publish: bool | None = None

    def edit(self) -> FlowEdit:
        """The edit."""
        return FlowEdit(
            code=self.code,
            title=self.title,
            description=self.description,
            active=self.active,
            weight=self.weight,
            steps=None if self.steps is None else steps_of(self.steps),
            limits=None if self.limits is None else self.limits.to_domain(),
            note=self.note,
            publish=self.publish,
        )


class FlowOut(Out):
    """A flow at its live version; `served`: this version has served a session and is frozen."""

    id: str
    code: str
    title: str
    description: str
    active: bool
    weight: int = Field(description="share of new sessions in 1/10 000")
    version: int
    labels: Labels
    served: bool
    steps: list[StepOut]
    limits: RunLimitsOut
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
            labels={LIVE: flow.version, **world().snapshots.current.labels.get(flow.id, {})},
            served=flow.served,
            steps=steps_out(flow.steps),
            limits=RunLimitsOut.of(flow.limits),
            created_at=flow.created_at,
            updated_at=flow.updated_at,
        )


def steps_of(given: list[StepForm]) -> tuple[Step, ...]:
    """The steps."""
    return tuple(step.to_domain() for step in ordered(given, [step.position for step in given], field="steps"))

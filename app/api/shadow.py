"""Shadows: flows that answer a part of the inputs of others, unseen, within a budget of their own."""

from datetime import datetime
from typing import Annotated, Literal

from flask import Response
from pydantic import Field

from app.api import http
from app.api.door import Door
from app.api.flow_payloads import FlowPath
from app.api.guard import scope
from app.api.payloads import ByCode, Out, Page, Payload, Weight, usd
from app.api.world import world
from app.domain.evidence import UNIT
from app.domain.money import from_usd
from app.services import shadow
from app.services.budget_form import UsdText
from app.services.budgets import State
from app.services.shadow import Shadow, Version

door = Door("shadow")

Part = Annotated[int, Field(description="sessions of other flows that it answers too, of 10 000")]


class ShadowIn(Payload):
    """How much a flow answers unseen: `share` of 10 000 sessions of other flows, for `budget_usd` a day at most."""

    share: Weight
    budget_usd: UsdText


class ShadowFiguresOut(Out):
    """What one version of a flow has earned in the shadow; nothing of it is evidence of an experiment.

    `error_rate` is failed of runs, `mean_reward` 0…1 over its feedback, `latency_ms` the mean of its runs; null without
    any. `cost_usd` sums runs whose price is known.
    """

    source: Literal["shadow"] = "shadow"
    flow: str
    flow_version: int
    current: Annotated[bool, Field(description="whether this is the flow's current version")]
    share: Part
    sessions: int
    runs: int
    failed: int
    error_rate: float | None
    feedback: int
    mean_reward: float | None
    cost_usd: str
    latency_ms: float | None

    @classmethod
    def of(cls, version: Version) -> "ShadowFiguresOut":
        """The figures."""
        flow, earned = version.flow, version.earned
        runs = 0 if earned is None else earned.runs
        given = 0 if earned is None else earned.n
        return cls(
            flow=flow.code,
            flow_version=version.version,
            current=version.version == flow.version,
            share=flow.shadow_share if version.version == flow.version else 0,
            sessions=0 if earned is None else earned.sessions,
            runs=runs,
            failed=0 if earned is None else earned.failed,
            error_rate=None if earned is None or not runs else earned.failed / runs,
            feedback=given,
            mean_reward=None if earned is None or not given else earned.sum / UNIT / given,
            cost_usd=usd(0 if earned is None else earned.cost) or "0",
            latency_ms=None if earned is None or not runs else earned.latency_ms / runs,
        )


class ShadowBudgetOut(Out):
    """What the shadow may spend today, in UTC; `active` false: nothing is mirrored until it is set again."""

    id: str
    budget_usd: str
    spent_usd: str
    reserved_usd: Annotated[str, Field(description="promised to calls under way and to processes")]
    active: bool
    resets_at: datetime | None

    @classmethod
    def of(cls, state: State) -> "ShadowBudgetOut":
        """The budget and its state."""
        return cls(
            id=state.budget.id,
            budget_usd=usd(state.budget.limit) or "0",
            spent_usd=usd(state.balance.settled) or "0",
            reserved_usd=usd(state.balance.reserved) or "0",
            active=state.budget.active,
            resets_at=state.span.ends_at,
        )


class ShadowOut(Out):
    """A flow's shadow; `budget` is null until it is set for the first time."""

    flow: str
    share: Part
    budget: ShadowBudgetOut | None
    versions: list[ShadowFiguresOut]

    @classmethod
    def of(cls, found: Shadow) -> "ShadowOut":
        """The shadow."""
        return cls(
            flow=found.flow.code,
            share=found.flow.shadow_share,
            budget=None if found.budget is None else ShadowBudgetOut.of(found.budget),
            versions=[ShadowFiguresOut.of(version) for version in found.versions],
        )


@door.get("/use-cases/<code>/shadows", responses={200: Page[ShadowFiguresOut]})
@scope("read")
def list_shadows(path: ByCode) -> Response:
    """Read what the flows of a use case have earned in the shadow, by flow and version."""
    items = [ShadowFiguresOut.of(version) for version in shadow.of_use_case(world(), path.code)]
    return http.answer(Page[ShadowFiguresOut](items=items, next=None))


@door.get("/use-cases/<code>/flows/<flow>/shadow", responses={200: ShadowOut})
@scope("read")
def get_shadow(path: FlowPath) -> Response:
    """Read a flow's shadow: its share, its budget and what it has earned."""
    return http.answer(ShadowOut.of(shadow.get(world(), path.code, path.flow)))


@door.put("/use-cases/<code>/flows/<flow>/shadow", responses={200: ShadowOut})
@scope("write")
def set_shadow(path: FlowPath, body: ShadowIn) -> Response:
    """Let a flow answer a part of the inputs of others unseen, within a budget of its own by the day."""
    made = shadow.put(world(), path.code, path.flow, share=body.share, limit=from_usd(body.budget_usd))
    return http.answer(ShadowOut.of(made))


@door.delete("/use-cases/<code>/flows/<flow>/shadow", responses={204: None})
@scope("write")
def delete_shadow(path: FlowPath) -> Response:
    """Let a flow answer unseen no more; what it has earned stays."""
    shadow.remove(world(), path.code, path.flow)
    return http.no_content()

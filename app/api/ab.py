"""What is done with a running A/B test: more units, other testers, its winner rolled out, its false alarms counted."""

from typing import Annotated

from flask import Response
from pydantic import Field

from app.api import guard, http
from app.api.door import Door
from app.api.experiments import ExperimentOut, out
from app.api.guard import scope
from app.api.payloads import ById, Name, Out, Payload
from app.api.world import world
from app.domain.ab.design import MOST_OVERRIDES
from app.domain.ab.false_positives import FalsePositives, Rate
from app.services.ab import false_alarms, rolling_out, tests

door = Door("ab")


class ShareIn(Payload):
    """More units than now, in 1/10 000."""

    share: Annotated[int, Field(ge=1, le=10_000)]


class OverridesIn(Payload):
    """The arm of each tester by unit, in place of those before; testers count for nothing."""

    overrides: Annotated[dict[Name, Name], Field(max_length=MOST_OVERRIDES)]


class RollOutIn(Payload):
    """The arm that is proven best unless one is named; `force` rolls one out that is not."""

    arm: Name | None = None
    force: bool = False


class RateOut(Out):
    """In so many of the dealings a difference was claimed; 95 % interval."""

    claims: int
    dealings: int
    rate: float
    low: float
    high: float


class FalsePositivesOut(Out):
    """Units dealt out anew a thousand times to two arms that are one flow; looked at `looks` times.

    `planned`: the fixed test at the last look; `peeking`: the same at any look; `valid_now`: the confidence sequence
    at any look.
    """

    values: int
    looks: int
    alpha: float
    planned: RateOut
    peeking: RateOut
    valid_now: RateOut


class FalseAlarmsOut(Out):
    """Null while there are fewer than 200 values."""

    seen: FalsePositivesOut | None


@door.post("/experiments/<id>/share", responses={200: ExperimentOut})
@scope("write")
def widen_test(path: ById, body: ShareIn) -> Response:
    """Let more units take part in an A/B test; arms of those that do stay."""
    return http.answer(out(tests.widen(world(), str(path.id), share=body.share, actor=guard.key().name)))


@door.put("/experiments/<id>/overrides", responses={200: ExperimentOut})
@scope("write")
def set_testers(path: ById, body: OverridesIn) -> Response:
    """Give testers of an A/B test arms of their own."""
    return http.answer(out(tests.override(world(), str(path.id), dict(body.overrides))))


@door.post("/experiments/<id>/roll-out", responses={201: ExperimentOut})
@scope("write")
def roll_out_winner(path: ById, body: RollOutIn) -> Response:
    """End an A/B test and start a rollout of its winner, guarded by what was measured."""
    return http.created(out(rolling_out.roll_out(world(), str(path.id), arm=body.arm, force=body.force)))


@door.get("/experiments/<id>/false-alarms", responses={200: FalseAlarmsOut})
@scope("read")
def count_false_alarms(path: ById) -> Response:
    """Read how often an A/A test would have claimed a difference on the values that came."""
    found = false_alarms.of(world(), str(path.id))
    return http.answer(FalseAlarmsOut(seen=None if found is None else _seen(found)))


def _seen(found: FalsePositives) -> FalsePositivesOut:
    return FalsePositivesOut(
        values=found.values,
        looks=found.looks,
        alpha=found.alpha,
        planned=_rate(found.planned),
        peeking=_rate(found.peeking),
        valid_now=_rate(found.valid_now),
    )


def _rate(one: Rate) -> RateOut:
    return RateOut(claims=one.claims, dealings=one.dealings, rate=one.rate, low=one.low, high=one.high)

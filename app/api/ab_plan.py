"""A/B tests are planned: how many units one takes, how long that lasts, and what it can find."""

from typing import Annotated, Literal

from flask import Response
from pydantic import Field

from app.api import http
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import ByCode, Out
from app.api.world import world
from app.services.ab import planning
from app.services.ab.form import AbForm
from app.services.ab.plan_json import plan_to_json

door = Door("ab-plan")

Source = Literal["given", "observed", "assumed"]
Usd = Annotated[str | None, Field(description="US dollars as decimal text; null unless the metric is a cost")]


class AbPlanIn(AbForm):
    """An A/B test as it would be started; nothing is stored."""


class BaselineOut(Out):
    """What is expected of a unit without any effect, and where each figure comes from; of a cost in dollars alone."""

    mean: float | None
    mean_usd: Usd
    mean_source: Source
    deviation: float | None
    deviation_usd: Usd
    deviation_source: Source
    answering: float
    answering_source: Source


class ObservedOut(Out):
    """What current traffic shows: units a day of the whole use case, and units with a value among those looked at."""

    units_per_day: float
    units: int
    values: int


class FindableOut(Out):
    """The least effect that is found with the units of so many days; null when none is large enough."""

    days: int
    units: int
    mde: float | None
    mde_usd: Usd


class AbPlanOut(Out):
    """What the test takes: values `per_arm` by name, and `units` in all, of whom not each may come to have a value."""

    per_arm: dict[str, int]
    units: int
    days: float | None = Field(description="null without any traffic")
    baseline: BaselineOut
    observed: ObservedOut
    findable: list[FindableOut]
    warnings: list[str]


@door.post("/use-cases/<code>/ab-plan", responses={200: AbPlanOut})
@scope("read")
def plan_test(path: ByCode, body: AbPlanIn) -> Response:
    """Plan an A/B test by what is given and what current traffic shows; nothing is stored."""
    wanted = body.wanted(planning.slowest_ms(world()))
    plan = planning.plan(world(), path.code, wanted)
    return http.answer(AbPlanOut.model_validate(plan_to_json(plan, wanted.metric.kind)))

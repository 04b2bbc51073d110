"""Whether the router earns its keep, for a use case, a task or direct questions."""

from flask import Response
from pydantic import Field

from app.api import http
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import Name, Words
from app.api.world import world
from app.services.routing import earning, learners
from app.services.routing.earning_json import RoutingReportOut

door = Door("routing-report")


class RoutingReportQuery(Words):
    """Whose router, that of direct questions where neither is named, and how many days back."""

    use_case: Name | None = None
    task: Name | None = None
    days: int = Field(earning.DAYS, ge=1, le=3_650)


@door.get("/reports/routing", responses={200: RoutingReportOut})
@scope("read")
def report_routing(query: RoutingReportQuery) -> Response:
    """Report whether the router is better than single models, and what it saves."""
    learner = learners.named(world(), use_case=query.use_case, task=query.task)
    return http.answer(RoutingReportOut.of(earning.report(world(), learner, days=query.days)))

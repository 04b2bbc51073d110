"""Sessions: which flow serves a correlation id, in each use case that knows it."""

from datetime import datetime

from flask import Response
from pydantic import Field

from app.api import codes, http
from app.api.answers import Reassigned
from app.api.door import Door
from app.api.forcing import Forced
from app.api.guard import scope
from app.api.payloads import Name, Out, Page, Unit, Words
from app.api.world import world
from app.domain.session import Session
from app.services import runs, serving

door = Door("sessions")


class SessionPath(Words):
    """The correlation id; it may hold slashes."""

    correlation_id: Name


class SessionQuery(Words):
    """One use case only."""

    use_case: Name | None = None


class SessionsQuery(SessionQuery):
    """The correlation id as a parameter, for ids that no path can hold."""

    correlation_id: Name


class SessionOut(Out):
    """A session; `live` until it expires or another one replaces it. Times are UTC.

    One in the `shadow` of another flow's session is never live: nobody was shown its answers.
    """

    id: str
    correlation_id: str
    unit: Unit
    use_case: str | None
    flow: str | None
    flow_version: int
    propensity: int = Field(description="the flow's weight when the session was assigned, in 1/10 000")
    experiment_id: str | None = Field(description="the running experiment that the session counts for")
    arm: str | None = Field(description="its arm, where that is an A/B test")
    live: bool
    shadow: bool
    forced: Forced
    assigned_at: datetime
    expires_at: datetime
    replaces: str | None = Field(description="id of the session of an escaped flow that this one took over")
    reassigned: Reassigned


@door.get("/sessions", responses={200: Page[SessionOut]})
@scope("read")
def find_sessions(query: SessionsQuery) -> Response:
    """Find the sessions of a correlation id."""
    return _answer(query.correlation_id, query.use_case)


@door.get("/sessions/<path:correlation_id>", responses={200: Page[SessionOut]})
@scope("read")
def get_sessions(path: SessionPath, query: SessionQuery) -> Response:
    """Read the sessions of a correlation id."""
    return _answer(path.correlation_id, query.use_case)


def _answer(correlation_id: str, use_case: str | None) -> Response:
    found = runs.sessions(world(), correlation_id, use_case=use_case)
    moment = world().now()
    replaced = {session.replaces for session in found}
    items = [_out(session, live=moment < session.expires_at and session.id not in replaced) for session in found]
    return http.answer(Page[SessionOut](items=items, next=None))


def _out(session: Session, *, live: bool) -> SessionOut:
    experiment_id, arm = serving.part_of(world(), session)
    return SessionOut(
        id=session.id,
        correlation_id=session.correlation_id,
        unit=session.unit,
        use_case=codes.use_case_code(session.use_case_id),
        flow=codes.flow_code(session.use_case_id, session.flow_id),
        flow_version=session.flow_version,
        propensity=session.propensity,
        experiment_id=experiment_id,
        arm=arm,
        live=live and not session.shadow,
        shadow=session.shadow,
        forced=session.forced,
        assigned_at=session.assigned_at,
        expires_at=session.expires_at,
        replaces=session.replaces,
        reassigned=session.replaces is not None,
    )

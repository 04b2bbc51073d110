"""Routes as rows: written once when their request has ended, found newest first."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, delete, select

from app.db.insert import insert_new
from app.db.paging import Orders, order_by
from app.db.paging import page as paged
from app.db.tables import routes
from app.db.uow import Tx
from app.domain.errors import NotFound
from app.domain.route import Drawn, Rated, Removed, Route, Tried, learner_of

c = routes.c
ORDERS: Final[Orders] = {"at": c.at}
FIELDS: Final = tuple(field.name for field in fields(Route))
FIGURES: Final = attrgetter(*(field.name for field in fields(Rated)))  # without their names they are half as long


@dataclass(frozen=True, slots=True)
class RouteFilter:
    """What a route must match; None asks nothing. `model` gave the answer; `since` counts, `until` does not."""

    learner: str | None = None
    use_case_id: str | None = None
    task: str | None = None
    drawn: Drawn | None = None
    model: str | None = None
    session_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def add_new(tx: Tx, done: Sequence[Route]) -> set[str]:
    """Stores those that are not there yet; their ids."""
    return insert_new(tx, routes, [_values(route) for route in done], returning=c.id)


def get(tx: Tx, route_id: str) -> Route:
    """Raises NotFound."""
    row = tx.execute(select(routes).where(c.id == route_id)).one_or_none()
    if row is None:
        raise NotFound("route", route_id)
    return _route(row)


def of_ids(tx: Tx, route_ids: Sequence[str]) -> list[Route]:
    """Those of these routes that are still kept, oldest first."""
    found = tx.execute(select(routes).where(c.id.in_(route_ids)).order_by(c.at, c.id))
    return [_route(row) for row in found]


def page(tx: Tx, wanted: RouteFilter, *, cursor: str | None = None, limit: int = 50) -> tuple[list[Route], str | None]:
    """Routes that match, newest first, and the next page's cursor. Raises Invalid for a foreign cursor."""
    statement: Select[tuple[object, ...]] = select(routes).where(*_conditions(wanted))
    by = order_by("-at", ORDERS, unique=c.id)
    return paged(tx, statement, order=by, cursor=cursor, limit=limit, to=_route)


def prune(tx: Tx, before: datetime, *, at_most: int = 500) -> int:
    """Forgets the oldest routes from before that moment, some at a time; how many."""
    old = select(c.id).where(c.at < before).order_by(c.at).limit(at_most)
    return tx.execute(delete(routes).where(c.id.in_(old))).rowcount


def _conditions(wanted: RouteFilter) -> list[ColumnElement[bool]]:
    """A use case is its own learner, by which its routes are found in order of time."""
    named = ("learner", "use_case_id", "task", "drawn", "model", "session_id")
    asked = [c[name] == value for name in named if (value := getattr(wanted, name)) is not None]
    if wanted.use_case_id is not None:
        asked.append(c.learner == learner_of(use_case_id=wanted.use_case_id, task=None))
    if wanted.since is not None:
        asked.append(c.at >= wanted.since)
    if wanted.until is not None:
        asked.append(c.at < wanted.until)
    return asked


def _values(route: Route) -> dict[str, object]:
    values = {name: getattr(route, name) for name in FIELDS}
    return {**values, "rated": [FIGURES(each) for each in route.rated]}


def _route(row: Row[Any]) -> Route:
    values = row._mapping
    told = {
        "rated": tuple(Rated(*each) for each in values["rated"]),
        "removed": tuple(Removed(**each) for each in values["removed"]),
        "tried": tuple(Tried(**each) for each in values["tried"]),
    }
    return Route(**{**values, **told})

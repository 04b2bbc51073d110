"""Decisions of the router with their outcomes, read in few columns: a report looks at very many of them."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

import numpy as np
from sqlalchemy import Row, Select, select

from app.db.paging import Orders, order_by
from app.db.paging import page as paged
from app.db.tables import outcomes, routes
from app.db.uow import Tx
from app.domain.route import Rated, Tried
from app.domain.routing.earning_rows import Decision

c = routes.c
ORDERS: Final[Orders] = {"at": c.at}
COLUMNS: Final = (c.id, c.at, c.picked, c.by_router, c.drawn, c.rated, c.tried, c.model, c.session_id, c.spent)
FIGURES: Final = tuple(field.name for field in fields(Rated))  # as `routes` keeps them
MODEL, QUALITY, COST, CHANCE = (FIGURES.index(name) for name in ("model", "quality", "cost", "chance"))
AT_ONCE: Final = 200  # routes in one statement: stores limit its parameters
UNJUDGED: Final = ("fastest",)  # strategies that strive for something else than quality and cost


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision with the qualities 0…1 of its calls that are known, by call."""

    decision: Decision
    qualities: dict[str, float]


def page(tx: Tx, learner: str, *, since: datetime, cursor: str | None, limit: int) -> tuple[list[Decided], str | None]:
    """The learner's decisions of that time, newest first, and the next page's cursor; those for speed are left out."""
    wanted: Select[tuple[object, ...]] = select(*COLUMNS).where(
        c.learner == learner, c.at >= since, c.strategy.not_in(UNJUDGED)
    )
    by = order_by("-at", ORDERS, unique=c.id)
    found, following = paged(tx, wanted, order=by, cursor=cursor, limit=limit, to=_decision)
    known = _qualities(tx, [each.id for each in found])
    return [Decided(each, known.get(each.id, {})) for each in found], following


def _qualities(tx: Tx, route_ids: list[str]) -> dict[str, dict[str, float]]:
    o = outcomes.c
    known: dict[str, dict[str, float]] = {}
    for at in range(0, len(route_ids), AT_ONCE):
        some = select(o.route_id, o.call_id, o.quality).where(o.route_id.in_(route_ids[at : at + AT_ONCE]))
        for route_id, call_id, quality in tx.execute(some):
            known.setdefault(route_id, {})[call_id] = quality
    return known


def _decision(row: Row[Any]) -> Decision:
    figures = [(each[CHANCE], each[QUALITY], np.nan if each[COST] is None else each[COST]) for each in row.rated]
    return Decision(
        id=row.id,
        picked=row.picked,
        by_router=row.by_router,
        held_out=row.drawn == "hold-out",
        models=tuple(each[MODEL] for each in row.rated),
        rated=np.array(figures, dtype=np.float64).reshape(-1, 3),
        tried=tuple(Tried(**each) for each in row.tried),
        model=row.model,
        session_id=row.session_id,
        spent=row.spent,
    )

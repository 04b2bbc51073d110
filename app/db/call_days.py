"""What was called per model and UTC day, in one query, to stand beside a provider's statement."""

from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from app.db.tables import calls
from app.db.uow import Tx
from app.domain.call import REPORTED
from app.domain.statement import Booked, Figures, Place


def per_day(tx: Tx, provider: str, *, since: datetime, until: datetime) -> dict[Place, Booked]:
    """Figures by day and slug of the calls to one provider; `since` counts, `until` does not.

    Calls that were only reported or came from the cache are counted apart. An attempt that failed without a token is
    no request: vendors bill none. The cost of a day with an unpriced call is unknown.
    """
    c = calls.c
    cached, reported = c.outcome == "cached", c.source.in_(REPORTED)
    sent = and_(~cached, ~reported)
    read = c.input_tokens + c.cache_read_tokens + c.cache_write_tokens
    written = c.output_tokens + c.reasoning_tokens
    used = and_(sent, or_(c.outcome == "ok", read + written > 0))
    day = _day(tx)
    statement = (
        select(
            day,
            c.model,
            _sum(used, 1),
            _sum(used, read),
            _sum(used, written),
            _sum(used, func.coalesce(c.cost, 0)),
            _sum(and_(used, c.cost.is_(None)), 1),
            _sum(reported, 1),
            _sum(cached, 1),
        )
        .where(c.provider == provider, c.at >= since, c.at < until)
        .group_by(day, c.model)
    )
    found = {}
    for when, model, *numbers in tx.execute(statement):
        requests, read_here, written_here, cost, unpriced, told, saved = map(int, numbers)
        if requests or told or saved:
            figures = Figures(requests, read_here, written_here, None if unpriced else cost)
            found[date.fromisoformat(when), str(model)] = Booked(figures, told, saved)
    return found


def _sum(when: ColumnElement[bool], value: object) -> ColumnElement[int]:
    return func.sum(case((when, value), else_=0))


def _day(tx: Tx) -> ColumnElement[str]:
    """The UTC day as text; SQLite keeps moments as UTC text, PostgreSQL has to be asked for that zone."""
    if tx.dialect.name == "sqlite":
        return func.date(calls.c.at, type_=calls.c.model.type)
    return func.to_char(func.timezone("UTC", calls.c.at), "YYYY-MM-DD", type_=calls.c.model.type)

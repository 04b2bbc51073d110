"""What calls have cost, summed by group in one query: the largest groups one by one, the others together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Float, Row, Subquery, and_, case, cast, func, literal, or_, select

from app.db.tables import calls
from app.db.uow import Tx
from app.domain.message import Usage
from app.domain.money import NANOS_PER_USD
from app.domain.spending import TIMES, By, Spent

COLUMNS: Final[Mapping[str, Column[Any]]] = {
    "model": calls.c.model,
    "task": calls.c.task,
    "provider": calls.c.provider,
    "use-case": calls.c.use_case_id,
    "flow": calls.c.flow_id,
    "key": calls.c.key_id,
    "owner": calls.c.owner,
    "team": calls.c.team,
    "user": calls.c.user_id,
}
FORMATS: Final = {"day": ("%Y-%m-%d", "YYYY-MM-DD"), "month": ("%Y-%m", "YYYY-MM")}
LINES: Final = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens")
SUMS: Final = (
    *("calls", "errors", "cached", "read", "written", "unpriced"),
    *("cost_usd", "cost_rest", "saved_usd", "saved_rest"),
    *LINES,
)


@dataclass(frozen=True, slots=True)
class Part:
    """Sums of one group within one band of `edges`; `group` None = calls that have none, `rest` = many small groups.

    `band` is the position of the edge, or how many there are for calls that fit none. `priced` are the tokens of the
    calls whose cost is known.
    """

    rest: bool
    group: str | None
    band: int
    spent: Spent
    priced: Usage


def parts(
    tx: Tx, by: By, *, since: datetime, until: datetime, most: int, edges: Sequence[tuple[datetime, int]] = ()
) -> list[Part]:
    """Sums of the `most` dearest groups, or latest days or months, and of the rest; `until` does not count.

    A call belongs to the first edge whose moment it has reached and whose prompt length it exceeds. Money is summed in
    dollars and rest apart, for SQLite fails where a sum leaves 64 bits.
    """
    told = _told(tx, by, since, until, edges)
    sums = select(told.c.key, told.c.band, func.sum(told.c.weight).label("weight"), *_sums(told))
    grouped = sums.group_by(told.c.key, told.c.band).subquery()
    weighed = select(grouped, func.sum(grouped.c.weight).over(partition_by=grouped.c.key).label("whole")).subquery()
    order = (weighed.c.key.desc(),) if by in TIMES else (weighed.c.whole.desc(), weighed.c.key)
    ranked = select(weighed, func.dense_rank().over(order_by=order).label("rank")).subquery()
    shown = select(
        (ranked.c.rank > most).label("rest"),
        case((ranked.c.rank <= most, ranked.c.key)).label("shown"),
        ranked.c.band,
        *(ranked.c[name] for name in SUMS),
    ).subquery()
    place = (shown.c.rest, shown.c.shown, shown.c.band)
    found = select(*place, *(func.sum(shown.c[name]).label(name) for name in SUMS)).group_by(*place)
    return [_part(row) for row in tx.execute(found)]


def everything(tx: Tx, *, since: datetime, until: datetime | None) -> tuple[int, int]:
    """How many calls there were, and the sum of their known costs in nano-dollars; `until` does not count."""
    ended = [] if until is None else [calls.c.at < until]
    money = (func.coalesce(func.sum(amount), 0) for amount in _money("cost"))
    row = tx.execute(select(func.count(), *money).where(calls.c.at >= since, *ended)).one()
    count, usd, rest = map(int, row)
    return count, usd * NANOS_PER_USD + rest


def _told(tx: Tx, by: By, since: datetime, until: datetime, edges: Sequence[tuple[datetime, int]]) -> Subquery:
    """Each call with its group, its band and what is to be summed."""
    c = calls.c
    read = c.input_tokens + c.cache_read_tokens + c.cache_write_tokens
    written = c.output_tokens + c.reasoning_tokens
    known = c.cost.is_not(None)
    reached = [(and_(c.at >= start, read > above), position) for position, (start, above) in enumerate(edges)]
    return (
        select(
            _key(tx, by).label("key"),
            (case(*reached, else_=len(edges)) if reached else literal(0)).label("band"),
            func.coalesce(cast(c.cost, Float(53)), 0.0).label("weight"),
            _one(c.outcome == "error").label("errors"),
            _one(c.outcome == "cached").label("cached"),
            read.label("read"),
            written.label("written"),
            _one(and_(~known, or_(c.outcome != "error", read + written > 0))).label("unpriced"),
            *_money("cost"),
            *_money("saved"),
            *(case((known, c[name]), else_=0).label(name) for name in LINES),
        )
        .where(c.at >= since, c.at < until)
        .subquery()
    )


def _sums(told: Subquery) -> list[ColumnElement[Any]]:
    return [(func.sum(told.c[name]) if name != "calls" else func.count()).label(name) for name in SUMS]


def _money(name: str) -> tuple[ColumnElement[int], ColumnElement[int]]:
    amount = func.coalesce(calls.c[name], 0)
    return (amount // NANOS_PER_USD).label(f"{name}_usd"), (amount % NANOS_PER_USD).label(f"{name}_rest")


def _one(when: ColumnElement[bool]) -> ColumnElement[int]:
    return case((when, 1), else_=0)


def _key(tx: Tx, by: By) -> ColumnElement[Any]:
    """What the group is known by; SQLite keeps moments as UTC text, PostgreSQL has to be asked for that zone."""
    if by not in TIMES:
        return COLUMNS[by]
    of_sqlite, of_postgresql = FORMATS[by]
    if tx.dialect.name == "sqlite":
        return func.strftime(of_sqlite, calls.c.at, type_=calls.c.model.type)
    return func.to_char(func.timezone("UTC", calls.c.at), of_postgresql, type_=calls.c.model.type)


def _part(row: Row[Any]) -> Part:
    numbers = {name: int(row._mapping[name]) for name in SUMS}
    dollars = {name: numbers[f"{name}_usd"] * NANOS_PER_USD + numbers[f"{name}_rest"] for name in ("cost", "saved")}
    spent = Spent(
        calls=numbers["calls"],
        errors=numbers["errors"],
        cached=numbers["cached"],
        input_tokens=numbers["read"],
        output_tokens=numbers["written"],
        cost=dollars["cost"],
        unpriced=numbers["unpriced"],
        saved=dollars["saved"],
    )
    tokens = Usage(
        input_tokens=numbers["input_tokens"],
        cache_read_tokens=numbers["cache_read_tokens"],
        cache_write_tokens=numbers["cache_write_tokens"],
        output_tokens=numbers["output_tokens"],
        reasoning_tokens=numbers["reasoning_tokens"],
    )
    return Part(bool(row.rest), row.shown, row.band, spent, tokens)

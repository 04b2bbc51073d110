"""What a model did for a learner, summed by level and UTC day: exact whatever the order in which facts come."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, delete, func, select, tuple_

from app.db import running_sums
from app.db.tables import model_days
from app.db.uow import Tx
from app.domain.call import Call
from app.domain.route import Route, learner_of

Place = tuple[str, str, str, date]  # learner, model, level, day

c = model_days.c
COUNTED: Final = frozenset({"served", "reported"})
SUMS: Final = tuple(column.name for column in model_days.columns if not column.primary_key)
MOST: Final = 100_000  # rows that are read at once
DEAREST: Final = 10**13  # nano-dollars of one call: a day's sum has 64 bits, and tells what to expect, not what is owed


@dataclass(frozen=True, slots=True)
class Day:
    """One day's sums. `level` is empty for calls that no router chose.

    `errors` of the `calls` failed, also by an outage; `answered` ones gave `latency_ms` and tokens; `priced` ones a
    `cost` in nano-dollars. `weight` of the `outcomes`, and `quality` (weight times quality), are in millionths.
    """

    learner: str
    model: str
    level: str
    day: date
    calls: int = 0
    errors: int = 0
    answered: int = 0
    latency_ms: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    priced: int = 0
    cost: int = 0
    outcomes: int = 0
    weight: int = 0
    quality: int = 0


def of_calls(calls: Iterable[Call], routes: Iterable[Route]) -> Mapping[Place, Counter[str]]:
    """What calls add: those served or reported, each at the level of the route that tried it.

    Cached ones add none, nor do those that were never sent: nobody asked the model. Nor do those that wrote from the
    answers of others, for they are longer than what is usual.
    """
    tried = [(each, route.level) for route in routes for each in route.tried]
    levels = {each.call_id: level for each, level in tried}
    written = {each.call_id for each, _ in tried if each.written}
    sums: defaultdict[Place, Counter[str]] = defaultdict(Counter)
    for call in calls:
        if call.id in written:
            continue
        if call.source in COUNTED and call.outcome != "cached" and not _unsent(call):
            learner = learner_of(use_case_id=call.use_case_id, task=call.task)
            day = call.at.astimezone(UTC).date()
            sums[learner, call.model, levels.get(call.id, ""), day].update(_figures(call))
    return sums


def add(tx: Tx, increments: Mapping[Place, Counter[str]]) -> None:
    """Adds each counter to its day, in one order for all writers."""
    running_sums.add(tx, model_days, increments)


def of_learner(tx: Tx, learner: str, since: date) -> list[Day]:
    """The learner's days from that one on, by model, level and day; at most MOST of them."""
    statement = select(model_days).where(c.learner == learner, c.day >= since)
    return [_day(row) for row in tx.execute(statement.order_by(c.model, c.level, c.day).limit(MOST))]


def everywhere(tx: Tx, since: date) -> list[Day]:
    """The days of all learners together (whose name is empty), by model, level and day; at most MOST of them."""
    key = (c.model, c.level, c.day)
    sums = [func.sum(c[name]).label(name) for name in SUMS]
    statement = select(*key, *sums).where(c.day >= since).group_by(*key).order_by(*key).limit(MOST)
    return [
        Day("", row.model, row.level, row.day, **{name: int(row._mapping[name]) for name in SUMS})
        for row in tx.execute(statement)
    ]


def prune(tx: Tx, before: date, *, at_most: int = 500) -> int:
    """Forgets days before that one, some at a time; how many."""
    old = select(*_key()).where(c.day < before).order_by(c.day).limit(at_most)
    return tx.execute(delete(model_days).where(tuple_(*_key()).in_(old))).rowcount


def _key() -> Collection[ColumnElement[Any]]:
    return (c.learner, c.model, c.level, c.day)


def _unsent(call: Call) -> bool:
    return call.source == "served" and call.outcome != "ok" and call.endpoint is None


def _figures(call: Call) -> Counter[str]:
    sums = Counter(calls=1, errors=int(call.outcome == "error"))
    if call.outcome == "ok":
        usage = call.usage
        sums.update(
            answered=1,
            latency_ms=call.latency_ms,
            input_tokens=usage.prompt_tokens,
            output_tokens=usage.completion_tokens,
        )
    if call.cost is not None:
        sums.update(priced=1, cost=min(call.cost, DEAREST))
    return sums


def _day(row: Row[Any]) -> Day:
    return Day(**row._mapping)

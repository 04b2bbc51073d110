"""Outcomes as rows, one per call: the most trusted source stands, and the sums of its day follow it exactly."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from functools import cache
from typing import Any, Final, Literal, TypeVar
from uuid import UUID

from sqlalchemy import Executable, Row, Select, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from app.db import cursors, model_days
from app.db.insert import insert_new
from app.db.tables import cursors as positions
from app.db.tables import outcomes
from app.db.uow import Tx

T = TypeVar("T")
OutcomeSource = Literal["feedback", "scorer", "judge", "failure", "rules"]

c = outcomes.c
AT_ONCE: Final = 200  # calls in one statement: stores limit its parameters
UNIT: Final = 1_000_000  # weights and qualities are summed in units of 1e-6
LOG: Final = "outcomes:"  # what the cursor of a learner's log is called


@dataclass(frozen=True, slots=True)
class Outcome:
    """The quality 0…1 that one call reached, and the weight 0…1 with which its source is trusted.

    `at` is when the source spoke, `day` that of the call. `seq` grows with every change of the learner's outcomes, in
    the order in which changes become visible.
    """

    call_id: str
    at: datetime
    learner: str
    model: str
    level: str
    day: date
    route_id: str | None
    use_case_id: str | None
    source: OutcomeSource
    quality: float
    weight: float
    seq: str


FIELDS: Final = tuple(field.name for field in fields(Outcome))


def put(tx: Tx, several: Sequence[Outcome]) -> list[Outcome]:
    """Those that changed what is known of their call, as stored; the sums of their days change with them.

    The greater weight wins, between equal ones the name of the source that comes later; what the same source says
    later (`at`) takes the place of what it said, and anything else changes nothing. A `seq` that the learner's log has
    passed already is raised to the next one. At most once in a unit of work: writers hold calls in one order.
    """
    first = _one_each(several)
    fresh = insert_new(tx, outcomes, [_values(each) for each in first.values()], returning=c.call_id)
    before = _hold(tx, [call_id for call_id in first if call_id not in fresh])
    changed: list[tuple[Outcome | None, Outcome]] = [(None, first[call_id]) for call_id in sorted(fresh)]
    later: list[Outcome] = []
    for call_id, old in sorted(before.items()):
        new = first[call_id]
        if replace(new, at=old.at, seq=old.seq) == old:
            later.extend([replace(old, at=new.at)] if new.at > old.at else [])
        elif _beats(new, old):
            changed.append((old, new))
    numbered = _number(tx, [new for _, new in changed])
    moved = [each for each in numbered if each.call_id not in fresh or each != first[each.call_id]]
    if moved or later:
        tx.execute(_putting(tx.dialect.name), [_values(each) for each in (*moved, *later)])
    sums: defaultdict[model_days.Place, Counter[str]] = defaultdict(Counter)
    for replaced, stands in changed:
        _count(sums, stands, times=1)
        if replaced is not None:
            _count(sums, replaced, times=-1)
    model_days.add(tx, sums)
    return numbered


def after(tx: Tx, learner: str, seq: str | None, *, limit: int) -> list[Outcome]:
    """What changed of the learner after that place in its log, in order; None: from the first on."""
    statement = select(outcomes).where(c.learner == learner)
    if seq is not None:
        statement = statement.where(c.seq > seq)
    return _read(tx, statement.order_by(c.seq).limit(limit))


def newest(tx: Tx, learner: str, *, model: str | None = None, limit: int) -> list[Outcome]:
    """The last `limit` outcomes of the learner, or of one of its models, in the order of the log."""
    statement = select(outcomes).where(c.learner == learner)
    if model is not None:
        statement = statement.where(c.model == model)
    return _read(tx, statement.order_by(c.seq.desc()).limit(limit))[::-1]


def marks(tx: Tx) -> dict[str, str]:
    """How far the log of each learner goes: its last `seq`."""
    return {name.removeprefix(LOG): position for name, position in cursors.starting_with(tx, LOG).items() if position}


def of_calls(tx: Tx, call_ids: Sequence[str]) -> dict[str, Outcome]:
    """By call; a call without one is absent."""
    parts = (select(outcomes).where(c.call_id.in_(part)) for part in _parts(sorted(call_ids)))
    return {each.call_id: each for part in parts for each in _read(tx, part)}


def of_routes(tx: Tx, route_ids: Sequence[str]) -> dict[str, list[Outcome]]:
    """By route, each in order of calls; a route without one is absent."""
    found: defaultdict[str, list[Outcome]] = defaultdict(list)
    for part in _parts(sorted(route_ids)):
        for each in _read(tx, select(outcomes).where(c.route_id.in_(part)).order_by(c.call_id)):
            found[str(each.route_id)].append(each)
    return dict(found)


def prune(tx: Tx, before: datetime, *, at_most: int = 500) -> int:
    """Forgets the oldest outcomes from before that moment, some at a time; how many. Sums keep what they counted."""
    old = select(c.call_id).where(c.at < before).order_by(c.at).limit(at_most)
    return tx.execute(delete(outcomes).where(c.call_id.in_(old))).rowcount


def empty_logs(tx: Tx, *, at_most: int = 100) -> list[str]:
    """Learners of whom a log is known and no outcome is left, as of use cases that are gone."""
    learner = func.substr(positions.c.name, len(LOG) + 1)
    left = select(c.call_id).where(c.learner == learner).correlate(positions).exists()
    logs = select(learner).where(positions.c.name.startswith(LOG, autoescape=True), ~left)
    return [str(row[0]) for row in tx.execute(logs.limit(at_most))]


def _beats(new: Outcome, old: Outcome) -> bool:
    if new.source == old.source:
        return new.at >= old.at
    return (new.weight, new.source) > (old.weight, old.source)


def _one_each(several: Iterable[Outcome]) -> dict[str, Outcome]:
    """What stands of several outcomes of the same call."""
    best: dict[str, Outcome] = {}
    for each in several:
        if each.call_id not in best or _beats(each, best[each.call_id]):
            best[each.call_id] = each
    return dict(sorted(best.items()))


def _hold(tx: Tx, call_ids: Sequence[str]) -> dict[str, Outcome]:
    """What stands of the calls; nobody else changes it until the transaction is over."""
    parts = (select(outcomes).where(c.call_id.in_(part)).order_by(c.call_id) for part in _parts(sorted(call_ids)))
    return {each.call_id: each for part in parts for each in _read(tx, part.with_for_update())}


def _number(tx: Tx, changed: Sequence[Outcome]) -> list[Outcome]:
    """The outcomes with the places in their learner's log; who has one of these logs holds it until it is written."""
    numbered: list[Outcome] = []
    for learner in sorted({each.learner for each in changed}):
        last = cursors.hold(tx, LOG + learner)
        for each in sorted((each for each in changed if each.learner == learner), key=lambda each: each.seq):
            last = each.seq if each.seq > last else str(UUID(int=UUID(last).int + 1))
            numbered.append(replace(each, seq=last))
        cursors.put(tx, LOG + learner, last)
    return numbered


def _count(sums: defaultdict[model_days.Place, Counter[str]], each: Outcome, *, times: int) -> None:
    own = {"outcomes": 1, "weight": round(each.weight * UNIT), "quality": round(each.quality * each.weight * UNIT)}
    sums[each.learner, each.model, each.level, each.day].update({name: times * more for name, more in own.items()})


def _parts(keys: Sequence[T]) -> Iterator[Sequence[T]]:
    return (keys[at : at + AT_ONCE] for at in range(0, len(keys), AT_ONCE))


def _values(each: Outcome) -> dict[str, object]:
    return {name: getattr(each, name) for name in FIELDS}


def _read(tx: Tx, statement: Select[Any]) -> list[Outcome]:
    return [_outcome(row) for row in tx.execute(statement)]


def _outcome(row: Row[Any]) -> Outcome:
    return Outcome(**row._mapping)


@cache
def _putting(dialect: str) -> Executable:
    fresh = sqlite.insert(outcomes) if dialect == "sqlite" else postgresql.insert(outcomes)
    changed = {name: fresh.excluded[name] for name in FIELDS if name != "call_id"}
    return fresh.on_conflict_do_update(index_elements=[c.call_id], set_=changed)

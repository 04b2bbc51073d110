"""What comparisons tell of models as rows: sums by comparison, added up over the newest so many of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, Table, func, insert, select, update

from app.db.tables import comparison_meetings as meetings
from app.db.tables import comparison_tallies as tallies
from app.db.uow import Tx
from app.domain.comparison.comparison import Comparison
from app.domain.comparison.ranking import Met
from app.domain.comparison.tally import Tally

MOST: Final = 20_000  # rows that are added up, so that reading never costs more
OUTCOMES: Final = ("wins", "losses", "ties")
SUMS: Final = ("inputs", "scored", "score", "squares", "priced", "cost", "timed", "latency")


@dataclass(frozen=True, slots=True)
class Meetings:
    """`met` between models, by name, over so many `comparisons`; `cut` when older ones are left out."""

    met: tuple[Met, ...]
    comparisons: int
    cut: bool


def add(tx: Tx, comparison: Comparison, moment: datetime, met: Sequence[Met], several: Sequence[Tally]) -> None:
    """Stores what a comparison that ends at this moment tells."""
    own = {"comparison_id": comparison.id, "use_case_id": comparison.use_case_id, "ended_at": moment}
    if met:
        rows = [{**own, "one": each.one, "other": each.other, **_values(each, OUTCOMES)} for each in met]
        tx.execute(insert(meetings), rows)
    if several:
        tx.execute(insert(tallies), [{**own, **_values(each, ("model", "stratum", *SUMS))} for each in several])


def move(tx: Tx, comparison_id: str, more: Met) -> None:
    """Adds to what two models did in a comparison; nothing where it has not succeeded yet."""
    m = meetings.c
    own = (m.comparison_id == comparison_id, m.one == more.one, m.other == more.other)
    added = {name: m[name] + getattr(more, name) for name in OUTCOMES if getattr(more, name)}
    if added:
        tx.execute(update(meetings).where(*own).values(added))


def met(tx: Tx, *, use_case_id: str | None, since: datetime | None) -> Meetings:
    """What models did against each other, over the newest MOST rows at the most."""
    some = _newest(meetings, use_case_id, since).subquery()
    sums = [func.sum(some.c[name]).label(name) for name in OUTCOMES]
    found = tx.execute(select(some.c.one, some.c.other, *sums).group_by(some.c.one, some.c.other))
    rows = sorted((row.one, row.other, int(row.wins), int(row.losses), int(row.ties)) for row in found)
    many, comparisons = tx.execute(select(func.count(), func.count(some.c.comparison_id.distinct()))).one()
    return Meetings(tuple(Met(*row) for row in rows), int(comparisons), int(many) >= MOST)


def known(tx: Tx, *, use_case_id: str, since: datetime | None) -> list[Tally]:
    """The sums of each model in each stratum of comparisons of a use case, the newest MOST of them at the most."""
    return [_tally(row) for row in tx.execute(_newest(tallies, use_case_id, since))]


def _tally(row: Row[Any]) -> Tally:
    sums = {name: row._mapping[name] for name in SUMS}
    return Tally(row.model, 1, **sums, comparison=row.comparison_id, stratum=row.stratum)


def _newest(table: Table, use_case_id: str | None, since: datetime | None) -> Select[tuple[object, ...]]:
    statement: Select[tuple[object, ...]] = select(table)
    if use_case_id is not None:
        statement = statement.where(table.c.use_case_id == use_case_id)
    if since is not None:
        statement = statement.where(table.c.ended_at >= since)
    return statement.order_by(table.c.ended_at.desc()).limit(MOST)


def _values(of: object, names: Sequence[str]) -> dict[str, object]:
    return {name: getattr(of, name) for name in names}

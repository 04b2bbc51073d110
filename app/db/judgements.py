"""Judgements as rows: the judge's, laid out in order and written once, and people's votes, which a repeat replaces."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

from sqlalchemy import Row, delete, select, update

from app.db.comparisons import count
from app.db.insert import insert
from app.db.tables import comparisons, judgements
from app.db.uow import Tx
from app.domain.comparison.comparison import JUDGE, Judgement

c = judgements.c
FIELDS: Final = tuple(field.name for field in fields(Judgement))
KEY: Final = (c.comparison_id, c.rater, c.input, c.repeat, c.first, c.second)


def lay_out(tx: Tx, comparison_id: str, several: Sequence[Judgement]) -> None:
    """Stores what the judge is to be asked, all of it at once; what is laid out already stays as it is."""
    if several:
        tx.execute(insert(tx, judgements).on_conflict_do_nothing(), [_values(each) for each in several])
    tx.execute(update(comparisons).where(comparisons.c.id == comparison_id).values(judgements=len(several)))


def pending(tx: Tx, comparison_id: str, *, after: int = -1, limit: int = 200) -> list[Judgement]:
    """What the judge was not asked yet and comes after that place, in order of place."""
    own = (c.comparison_id == comparison_id, c.rater == JUDGE, c.place > after, c.done.is_(False))
    return [_judgement(row) for row in tx.execute(select(judgements).where(*own).order_by(c.place).limit(limit))]


def record(tx: Tx, comparison_id: str, several: Sequence[Judgement]) -> int:
    """How many of the judge's words were new; one that stands already stays, and is counted once."""
    fresh = [each for each in several if _write(tx, each)]
    count(
        tx,
        comparison_id,
        judged=len(fresh),
        undecided=sum(each.verdict is None for each in fresh),
        spent=sum(each.cost or 0 for each in fresh),
        unpriced=sum(each.cost is None for each in fresh),
    )
    return len(fresh)


def vote(tx: Tx, judgement: Judgement) -> None:
    """A person's word on two answers; the same rater's next word on them takes its place."""
    fresh = insert(tx, judgements).values(_values(judgement))
    kept = fresh.on_conflict_do_update(index_elements=list(KEY), set_={"verdict": fresh.excluded.verdict})
    tx.execute(kept)


def all_of(tx: Tx, comparison_id: str, *, rater: str | None = None) -> list[Judgement]:
    """Every judgement that was given, or those of one rater, by input, repeat, place and rater."""
    statement = select(judgements).where(c.comparison_id == comparison_id, c.done)
    if rater is not None:
        statement = statement.where(c.rater == rater)
    found = tx.execute(statement.order_by(c.input, c.repeat, c.place, c.rater, c.first, c.second))
    return [_judgement(row) for row in found]


def votes(tx: Tx, comparison_id: str) -> list[Judgement]:
    """What people have said, in an order that stays."""
    statement = select(judgements).where(c.comparison_id == comparison_id, c.rater != JUDGE, c.done)
    return [_judgement(row) for row in tx.execute(statement.order_by(c.id))]


def of_input(tx: Tx, comparison_id: str, number: int) -> list[Judgement]:
    """What judge and people have said of the answers to one input."""
    statement = select(judgements).where(c.comparison_id == comparison_id, c.input == number, c.done)
    return [_judgement(row) for row in tx.execute(statement.order_by(c.id))]


def remove_some(tx: Tx, comparison_id: str, *, limit: int) -> int:
    """How many are gone now, of at most so many."""
    some = select(c.id).where(c.comparison_id == comparison_id).limit(limit)
    return tx.execute(delete(judgements).where(c.id.in_(some))).rowcount


def _write(tx: Tx, each: Judgement) -> bool:
    said = {"done": True, "verdict": each.verdict, "error": each.error, "cost": each.cost}
    return tx.execute(update(judgements).where(c.id == each.id, c.done.is_(False)).values(said)).rowcount == 1


def _values(each: Judgement) -> dict[str, object]:
    return {name: getattr(each, name) for name in FIELDS}


def _judgement(row: Row[Any]) -> Judgement:
    return Judgement(**{name: row._mapping[name] for name in FIELDS})

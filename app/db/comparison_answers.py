"""Answers of comparisons as rows: laid out in the order in which they are asked, each written once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, delete, select, update

from app.db.comparisons import count
from app.db.insert import insert
from app.db.paging import Orders, order_by
from app.db.paging import page as paged
from app.db.tables import comparison_answers as answers
from app.db.uow import Tx
from app.domain.comparison.comparison import Answer

c = answers.c
ORDERS: Final[Orders] = {"place": c.place, "input": c.input}
FIELDS: Final = tuple(field.name for field in fields(Answer))
LIGHT: Final = tuple(name for name in FIELDS if name != "text")
GIVEN: Final = ("id", "comparison_id", "place", "candidate", "input", "repeat", "done")
LAID: Final = (*GIVEN, "input_tokens", "output_tokens")
SAID: Final = tuple(name for name in FIELDS if name not in GIVEN)
WRITE: Final = (
    update(answers)
    .where(c.id == bindparam("b_id"))
    .values(done=True, **{name: bindparam(f"b_{name}") for name in SAID})
)


@dataclass(frozen=True, slots=True)
class AnswerFilter:
    """Which answers are meant; None means any. `failed`: whether they hold an error."""

    candidate: int | None = None
    input: int | None = None
    done: bool | None = None
    failed: bool | None = None


def lay_out(tx: Tx, several: Sequence[Answer]) -> None:
    """Stores answers that are to be asked; what is laid out already stays as it is."""
    rows = [{name: getattr(answer, name) for name in LAID} for answer in several]
    if rows:
        tx.execute(insert(tx, answers).on_conflict_do_nothing(), rows)


def laid_out(tx: Tx, comparison_id: str) -> int:
    """How many are laid out, which was done in order of place."""
    last = select(c.place).where(c.comparison_id == comparison_id).order_by(c.place.desc()).limit(1)
    place = tx.execute(last).scalar_one_or_none()
    return 0 if place is None else int(place) + 1


def pending(tx: Tx, comparison_id: str, *, after: int = -1, limit: int = 200) -> list[Answer]:
    """Answers not asked yet whose place comes after that one, in order of place."""
    own = (c.comparison_id == comparison_id, c.place > after, c.done.is_(False))
    return [_answer(row) for row in tx.execute(select(answers).where(*own).order_by(c.place).limit(limit))]


def record(tx: Tx, comparison_id: str, several: Sequence[Answer]) -> int:
    """How many of the answers were new; one that stands already stays, and is counted once."""
    asked = (c.comparison_id == comparison_id, c.id.in_([answer.id for answer in several]), c.done.is_(False))
    missing = set(tx.execute(select(c.id).where(*asked).with_for_update()).scalars())
    fresh = list({answer.id: answer for answer in several if answer.id in missing}.values())
    if fresh:
        tx.execute(WRITE, [_said(answer) for answer in fresh])
    count(
        tx,
        comparison_id,
        answered=len(fresh),
        failed=sum(answer.error is not None for answer in fresh),
        spent=sum(answer.cost or 0 for answer in fresh),
        unpriced=sum(answer.cost is None for answer in fresh),
    )
    return len(fresh)


def remove_some(tx: Tx, comparison_id: str, *, limit: int) -> int:
    """How many are gone now, of at most so many and the last ones first: nobody waits while a hundred thousand go."""
    some = select(c.id).where(c.comparison_id == comparison_id).order_by(c.place.desc()).limit(limit)
    return tx.execute(delete(answers).where(c.id.in_(some))).rowcount


def outcomes(tx: Tx, comparison_id: str) -> list[Answer]:
    """All answers that were asked, without their texts, by input, repeat and candidate."""
    statement = select(*(c[name] for name in LIGHT)).where(c.comparison_id == comparison_id, c.done)
    found = tx.execute(statement.order_by(c.input, c.repeat, c.candidate))
    return [Answer(**{name: row._mapping[name] for name in LIGHT}) for row in found]


def of_input(tx: Tx, comparison_id: str, number: int, *, repeat: int | None = None) -> list[Answer]:
    """All answers to one input with their texts, by repeat and candidate."""
    return of_inputs(tx, comparison_id, (number,), repeat=repeat)


def of_inputs(tx: Tx, comparison_id: str, numbers: Collection[int], *, repeat: int | None = None) -> list[Answer]:
    """All answers to these inputs with their texts, by input, repeat and candidate."""
    statement = select(answers).where(c.comparison_id == comparison_id, c.input.in_(sorted(numbers)))
    if repeat is not None:
        statement = statement.where(c.repeat == repeat)
    return [_answer(row) for row in tx.execute(statement.order_by(c.input, c.repeat, c.candidate))]


def page(
    tx: Tx,
    comparison_id: str,
    wanted: AnswerFilter,
    *,
    order: str = "input",
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[list[Answer], str | None]:
    """Answers by `input` or by `place`, and the next page's cursor. Raises Invalid for a foreign cursor."""
    statement: Select[tuple[object, ...]] = select(answers).where(c.comparison_id == comparison_id)
    for name in ("candidate", "input", "done"):
        value = getattr(wanted, name)
        if value is not None:
            statement = statement.where(c[name] == value)
    if wanted.failed is not None:
        statement = statement.where(c.error.is_not(None) if wanted.failed else c.error.is_(None))
    by = order_by(order, ORDERS, unique=c.place)
    return paged(tx, statement, order=by, cursor=cursor, limit=limit, to=_answer)


def _said(answer: Answer) -> dict[str, object]:
    return {"b_id": answer.id, **{f"b_{name}": getattr(answer, name) for name in SAID}}


def _answer(row: Row[Any]) -> Answer:
    return Answer(**{name: row._mapping[name] for name in FIELDS})

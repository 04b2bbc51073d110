"""Comparisons as rows with their candidates and inputs, and sums that tell how far each is without counting."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, and_, delete, insert, or_, select, update

from app.db.frozen_json import codec
from app.db.paging import Orders, order_by
from app.db.paging import page as paged
from app.db.tables import comparison_candidates, comparison_inputs, comparisons
from app.db.uow import Tx
from app.domain.comparison.comparison import Candidate, Comparison, Input, Judge, Prompt, Scoring, Status, Weights
from app.domain.errors import NotFound

ORDERS: Final[Orders] = {"created_at": comparisons.c.created_at}
CANDIDATE_FIELDS: Final = tuple(each.name for each in fields(Candidate))
INPUT_FIELDS: Final = tuple(each.name for each in fields(Input))


@dataclass(frozen=True, slots=True)
class Config:
    """What of a comparison nothing is looked up by."""

    prompt: Prompt = field(default_factory=Prompt)
    scoring: Scoring | None = None
    judge: Judge | None = None
    weights: Weights = field(default_factory=Weights)


@dataclass(frozen=True, slots=True)
class ComparisonFilter:
    """Which comparisons are meant; None means any. `model`: one that is a candidate, alone or inside a flow."""

    status: Status | None = None
    model: str | None = None
    use_case_id: str | None = None
    benchmark: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a comparison is. `judgements` None: the judge's pairs are not drawn yet; `spent` in nano-dollars.

    `failed` of the `answered` hold an error, `undecided` of the `judged` no verdict; `unpriced` counts both kinds that
    cost what nobody knows; both sums hold also what was asked and came to nothing. `taken_done` of answers and
    judgements were done when somebody began on it at `taken_at`.
    """

    answers: int
    answered: int
    failed: int
    judgements: int | None
    judged: int
    undecided: int
    spent: int
    unpriced: int
    taken_at: datetime | None
    taken_done: int


CONFIG: Final = codec(Config)
CONFIG_FIELDS: Final = tuple(each.name for each in fields(Config))
FIELDS: Final = tuple(each.name for each in fields(Comparison) if each.name not in ("candidates", *CONFIG_FIELDS))
SUMS: Final = tuple(each.name for each in fields(Standing))


def add(tx: Tx, comparison: Comparison, inputs: Sequence[Input]) -> None:
    """Stores the comparison with its candidates and inputs; its answers are laid out when it begins."""
    config = Config(**{name: getattr(comparison, name) for name in CONFIG_FIELDS})
    values = {name: getattr(comparison, name) for name in FIELDS}
    total = len(comparison.candidates) * len(inputs) * comparison.repeats
    tx.execute(insert(comparisons).values(**values, config=CONFIG.encode(config), answers=total))
    named = [
        {"comparison_id": comparison.id, "number": number, **{name: getattr(each, name) for name in CANDIDATE_FIELDS}}
        for number, each in enumerate(comparison.candidates)
    ]
    tx.execute(insert(comparison_candidates), named)
    rows = [{"comparison_id": comparison.id, **{name: getattr(each, name) for name in INPUT_FIELDS}} for each in inputs]
    tx.execute(insert(comparison_inputs), rows)


def get(tx: Tx, comparison_id: str) -> Comparison:
    """Raises NotFound."""
    row = tx.execute(select(comparisons).where(comparisons.c.id == comparison_id)).one_or_none()
    if row is None:
        raise NotFound("comparison", comparison_id)
    return with_candidates(tx, [row])[0]


def page(
    tx: Tx, wanted: ComparisonFilter, *, cursor: str | None = None, limit: int = 50
) -> tuple[list[Comparison], str | None]:
    """Comparisons, newest first, and the next page's cursor. Raises Invalid for a foreign cursor."""
    by = order_by("-created_at", ORDERS, unique=comparisons.c.id)
    rows, following = paged(tx, _filtered(wanted), order=by, cursor=cursor, limit=limit, to=_as_it_is)
    return with_candidates(tx, rows), following


def inputs_of(tx: Tx, comparison_id: str, numbers: Collection[int] | None = None) -> list[Input]:
    """Its inputs by number; all of them, or those with these numbers."""
    own = comparison_inputs.c.comparison_id == comparison_id
    statement = select(comparison_inputs).where(own).order_by(comparison_inputs.c.number)
    if numbers is not None:
        statement = statement.where(comparison_inputs.c.number.in_(sorted(numbers)))
    return [to_input(row) for row in tx.execute(statement)]


def labels_of(tx: Tx, comparison_id: str) -> dict[int, str]:
    """Labels by number of the inputs that have one."""
    c = comparison_inputs.c
    labelled = select(c.number, c.label).where(c.comparison_id == comparison_id, c.label.is_not(None))
    return {row.number: row.label for row in tx.execute(labelled)}


def last_run(tx: Tx, comparison: Comparison) -> Comparison | None:
    """The run of the same benchmark that succeeded last before this one was made; None without one."""
    c = comparisons.c
    earlier = or_(
        c.created_at < comparison.created_at, and_(c.created_at == comparison.created_at, c.id < comparison.id)
    )
    runs = select(comparisons).where(c.benchmark == comparison.benchmark, c.status == "succeeded", earlier)
    row = tx.execute(runs.order_by(c.created_at.desc(), c.id.desc()).limit(1)).one_or_none()
    return None if row is None else with_candidates(tx, [row])[0]


def hold(tx: Tx, comparison_id: str) -> None:
    """Nobody else ends it, or votes on it, until the transaction is over."""
    tx.execute(select(comparisons.c.id).where(comparisons.c.id == comparison_id).with_for_update())


def standing(tx: Tx, comparison_id: str) -> Standing:
    """How far it is; one row, whatever its size. Raises NotFound."""
    columns = [comparisons.c[name] for name in SUMS]
    row = tx.execute(select(*columns).where(comparisons.c.id == comparison_id)).one_or_none()
    if row is None:
        raise NotFound("comparison", comparison_id)
    return Standing(*row)


def count(tx: Tx, comparison_id: str, **more: int) -> None:
    """Adds to its sums, by name."""
    added = {name: comparisons.c[name] + amount for name, amount in more.items() if amount}
    if added:
        tx.execute(update(comparisons).where(comparisons.c.id == comparison_id).values(added))


def set_budget(tx: Tx, comparison_id: str, budget: int) -> None:
    """What it may spend in all, in nano-dollars."""
    tx.execute(update(comparisons).where(comparisons.c.id == comparison_id).values(budget=budget))


def remove(tx: Tx, comparison_id: str) -> None:
    """With all that it owns. Raises NotFound."""
    if not tx.execute(delete(comparisons).where(comparisons.c.id == comparison_id)).rowcount:
        raise NotFound("comparison", comparison_id)


def with_candidates(tx: Tx, rows: Sequence[Row[Any]]) -> list[Comparison]:
    """The comparisons of rows that hold all their columns."""
    ids = [row._mapping[comparisons.c.id] for row in rows]
    if not ids:
        return []
    c = comparison_candidates.c
    found = tx.execute(select(comparison_candidates).where(c.comparison_id.in_(ids)).order_by(c.number))
    own: dict[str, list[Candidate]] = {name: [] for name in ids}
    for each in found:
        values = each._mapping
        own[values[c.comparison_id]].append(Candidate(**{name: values[c[name]] for name in CANDIDATE_FIELDS}))
    return [_comparison(row, own[name]) for row, name in zip(rows, ids, strict=True)]


def to_input(row: Row[Any]) -> Input:
    """The input of a row of a comparison or of a benchmark."""
    return Input(**{name: row._mapping[name] for name in INPUT_FIELDS})


def _filtered(wanted: ComparisonFilter) -> Select[tuple[object, ...]]:
    statement: Select[tuple[object, ...]] = select(comparisons)
    for name in ("status", "use_case_id", "benchmark"):
        value = getattr(wanted, name)
        if value is not None:
            statement = statement.where(comparisons.c[name] == value)
    if wanted.model is not None:
        c = comparison_candidates.c
        mine = select(c.comparison_id).where(c.comparison_id == comparisons.c.id, c.model == wanted.model)
        statement = statement.where(mine.exists())
    return statement


def _as_it_is(row: Row[Any]) -> Row[Any]:
    return row


def _comparison(row: Row[Any], candidates: Iterable[Candidate]) -> Comparison:
    values = row._mapping
    config: Config = CONFIG.decode(values[comparisons.c.config])
    return Comparison(
        candidates=tuple(candidates),
        **{name: getattr(config, name) for name in CONFIG_FIELDS},
        **{name: values[comparisons.c[name]] for name in FIELDS},
    )

"""Benchmarks as rows with their inputs."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, delete, insert, select, update

from app.db.comparisons import INPUT_FIELDS, to_input
from app.db.paging import Orders, order_by
from app.db.paging import page as paged
from app.db.tables import benchmark_inputs, benchmarks
from app.db.uow import Tx
from app.domain.comparison.benchmark import Benchmark
from app.domain.comparison.comparison import Input
from app.domain.errors import NotFound

c = benchmarks.c
ORDERS: Final[Orders] = {"code": c.code}
FIELDS: Final = tuple(field.name for field in fields(Benchmark))


def add(tx: Tx, benchmark: Benchmark, inputs: Sequence[Input]) -> None:
    """Stores it with its inputs. Raises Conflict (`duplicate-code`) for a code that exists."""
    tx.execute(insert(benchmarks).values(_values(benchmark)))
    _add_inputs(tx, benchmark.id, inputs)


def update_all(tx: Tx, benchmark: Benchmark, inputs: Sequence[Input]) -> None:
    """Writes it anew, with these inputs instead of those before. Raises NotFound."""
    values = {name: value for name, value in _values(benchmark).items() if name not in ("id", "code", "created_at")}
    if not tx.execute(update(benchmarks).where(c.id == benchmark.id).values(values)).rowcount:
        raise NotFound("benchmark", benchmark.code)
    tx.execute(delete(benchmark_inputs).where(benchmark_inputs.c.benchmark_id == benchmark.id))
    _add_inputs(tx, benchmark.id, inputs)


def get(tx: Tx, code: str) -> Benchmark:
    """Raises NotFound."""
    found = find(tx, code)
    if found is None:
        raise NotFound("benchmark", code)
    return found


def find(tx: Tx, code: str) -> Benchmark | None:
    """The benchmark of that code, if there is one."""
    row = tx.execute(select(benchmarks).where(c.code == code)).one_or_none()
    return None if row is None else _benchmark(row)


def inputs_of(tx: Tx, benchmark_id: str) -> list[Input]:
    """Its inputs by number."""
    own = select(benchmark_inputs).where(benchmark_inputs.c.benchmark_id == benchmark_id)
    return [to_input(row) for row in tx.execute(own.order_by(benchmark_inputs.c.number))]


def page(tx: Tx, *, cursor: str | None = None, limit: int = 50) -> tuple[list[Benchmark], str | None]:
    """Benchmarks by code, and the next page's cursor. Raises Invalid for a foreign cursor."""
    by = order_by("code", ORDERS, unique=c.id)
    return paged(tx, select(benchmarks), order=by, cursor=cursor, limit=limit, to=_benchmark)


def due(tx: Tx, moment: datetime) -> list[Benchmark]:
    """Those whose time has come, the longest due first."""
    return [_benchmark(row) for row in tx.execute(select(benchmarks).where(c.next_at <= moment).order_by(c.next_at))]


def postpone(tx: Tx, benchmark: Benchmark, until: datetime | None) -> bool:
    """Whether it was still planned for when the caller saw it; it is now for then."""
    own = (c.id == benchmark.id, c.next_at == benchmark.next_at)
    return tx.execute(update(benchmarks).where(*own).values(next_at=until)).rowcount == 1


def remove(tx: Tx, code: str) -> None:
    """With its inputs; comparisons that were runs of it stay. Raises NotFound."""
    if not tx.execute(delete(benchmarks).where(c.code == code)).rowcount:
        raise NotFound("benchmark", code)


def _add_inputs(tx: Tx, benchmark_id: str, inputs: Sequence[Input]) -> None:
    rows = [{"benchmark_id": benchmark_id, **{name: getattr(each, name) for name in INPUT_FIELDS}} for each in inputs]
    if rows:
        tx.execute(insert(benchmark_inputs), rows)


def _values(benchmark: Benchmark) -> dict[str, object]:
    return {name: getattr(benchmark, name) for name in FIELDS}


def _benchmark(row: Row[Any]) -> Benchmark:
    return Benchmark(**{name: row._mapping[name] for name in FIELDS})

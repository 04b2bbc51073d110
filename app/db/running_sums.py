"""Rows of running sums grow by what is added to them, whoever adds first, and in one order for all writers."""

from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Executable, Table
from sqlalchemy.dialects import postgresql, sqlite

from app.db.uow import Tx


def add(tx: Tx, table: Table, increments: Mapping[Any, Counter[str]]) -> None:
    """Adds each counter to the row of its key, which begins at 0; a row for which nothing changes is left alone.

    Keys are tuples in the order of the table's primary key, of any types that it has; every other column is a sum.
    """
    keys = table.primary_key.columns.keys()
    names = [column.name for column in table.columns if not column.primary_key]
    rows = [
        {**dict(zip(keys, place, strict=True)), **{name: counts[name] for name in names}}
        for place, counts in sorted(increments.items(), key=lambda item: item[0])
        if any(counts.values())
    ]
    if rows:
        tx.execute(_adding(tx.dialect.name, table), rows)


@cache
def _adding(dialect: str, table: Table) -> Executable:
    fresh = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    return fresh.on_conflict_do_update(
        index_elements=table.primary_key.columns.values(),
        set_={column.name: column + fresh.excluded[column.name] for column in table.columns if not column.primary_key},
    )

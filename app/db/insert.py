"""Both stores speak the same upsert; each through its own insert."""

from collections.abc import Mapping, Sequence
from functools import cache

from sqlalchemy import Column, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

Insert = sqlite.Insert | postgresql.Insert
Row = Mapping[str, object]


def insert(connection: Connection, table: Table) -> Insert:
    """The insert of the connection's own dialect."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def insert_new(connection: Connection, table: Table, rows: Sequence[Row], *, returning: Column[str]) -> set[str]:
    """Inserts the rows that are not there yet; the keys of those that were new."""
    if not rows:
        return set()
    statement = _do_nothing(connection.dialect.name, returning)
    return {str(row[0]) for row in connection.execute(statement, list(rows))}


@cache
def _do_nothing(dialect: str, returning: Column[str]) -> ReturningInsert[tuple[str]]:
    table = returning.table
    fresh = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    return fresh.on_conflict_do_nothing().returning(returning)

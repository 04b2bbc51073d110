"""Uploaded files as rows, in parts, so that nobody holds a whole one in memory."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, delete, insert, select, update

from app.db.tables import batch_file_parts as parts
from app.db.tables import batch_files
from app.db.uow import Tx
from app.domain.batch import BatchFile
from app.domain.errors import NotFound

c = batch_files.c
FIELDS: Final = tuple(each.name for each in fields(BatchFile))


def add(tx: Tx, file: BatchFile) -> None:
    """Stores a file without content."""
    tx.execute(insert(batch_files).values({name: getattr(file, name) for name in FIELDS}))


def add_part(tx: Tx, file_id: str, number: int, content: bytes) -> None:
    """Stores the next part of its content."""
    tx.execute(insert(parts).values(file_id=file_id, number=number, content=content))


def complete(tx: Tx, file_id: str, size: int) -> None:
    """All of its content is there."""
    tx.execute(update(batch_files).where(c.id == file_id).values(ready=True, size=size))


def get(tx: Tx, file_id: str) -> BatchFile:
    """One that is complete. Raises NotFound."""
    row = tx.execute(select(batch_files).where(c.id == file_id, c.ready)).one_or_none()
    if row is None:
        raise NotFound("file", file_id)
    return _file(row)


def part(tx: Tx, file_id: str, number: int) -> bytes | None:
    """The part with that number, from 0; None after the last."""
    found = select(parts.c.content).where(parts.c.file_id == file_id, parts.c.number == number)
    row = tx.execute(found).one_or_none()
    return None if row is None else bytes(row.content)


def after(tx: Tx, file: BatchFile | None, *, purpose: str | None, limit: int) -> list[BatchFile]:
    """At most so many complete files that came before that one, newest first; from the newest on without one."""
    statement: Select[Any] = select(batch_files).where(c.ready)
    if file is not None:
        older = (c.created_at < file.created_at) | ((c.created_at == file.created_at) & (c.id < file.id))
        statement = statement.where(older)
    if purpose is not None:
        statement = statement.where(c.purpose == purpose)
    return [_file(row) for row in tx.execute(statement.order_by(c.created_at.desc(), c.id.desc()).limit(limit))]


def remove(tx: Tx, file_id: str) -> None:
    """With its content. Raises NotFound."""
    if not tx.execute(delete(batch_files).where(c.id == file_id)).rowcount:
        raise NotFound("file", file_id)


def old(tx: Tx, *, before: datetime, unready_before: datetime, limit: int) -> Iterator[str]:
    """Ids of files that were uploaded before one moment, or whose upload began before another and never ended."""
    outlived = (c.created_at < before) | ((c.created_at < unready_before) & ~c.ready)
    yield from tx.execute(select(c.id).where(outlived).order_by(c.created_at).limit(limit)).scalars()


def _file(row: Row[Any]) -> BatchFile:
    return BatchFile(**{name: row._mapping[name] for name in FIELDS})

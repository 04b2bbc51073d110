"""Stores for tests: a file of its own, or a schema of its own in the PostgreSQL that TEST_DATABASE_URL names.

Migrations run once in a process for each kind; a file is then copied, and a schema is emptied and used again.
"""

import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, create_engine, make_url, text

from app.db import engines
from app.db.migrate import upgrade
from app.db.tables import metadata
from app.db.uow import Store

POSTGRESQL = os.environ.get("TEST_DATABASE_URL", "")
KINDS = ("sqlite", "postgresql") if POSTGRESQL else ("sqlite",)
LEFT_OUT = "PostgreSQL tests were LEFT OUT: TEST_DATABASE_URL is not set"
_spare: list[str] = []  # migrated schemas that no test uses now
_compiling: dict[str, Engine] = {}  # of each kind, the engine of the first store that was migrated


@contextmanager
def store_url(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty store of that kind, without tables, which is gone after the block."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/store.db"
        return
    schema = _new_schema()
    try:
        yield _address(schema)
    finally:
        _drop(schema)


@contextmanager
def migrated_url(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty migrated store of that kind."""
    if kind == "sqlite":
        path = folder / "store.db"
        path.write_bytes(_image())
        yield f"sqlite:///{path}"
        return
    schema = _spare.pop() if _spare else _migrated_schema()
    try:
        _empty(schema)
        yield _address(schema)
    finally:
        _spare.append(schema)


@contextmanager
def make_store(kind: str, folder: Path, *, busy_timeout_ms: int = 5000) -> Iterator[Store]:
    """An empty migrated store of that kind."""
    with migrated_url(kind, folder) as url:
        store = Store(url, busy_timeout_ms=busy_timeout_ms)
        try:
            yield store
        finally:
            store.close()


def drop_spare() -> None:
    """At the end of the process: nothing is left in PostgreSQL."""
    while _spare:
        _drop(_spare.pop())
    if _admin_engine.cache_info().currsize:
        _admin_engine().dispose()
        _admin_engine.cache_clear()


@pytest.fixture(params=KINDS)
def store_kind(request: pytest.FixtureRequest) -> str:
    """Each kind of store that can be tested here."""
    return str(request.param)


@pytest.fixture
def store(store_kind: str, tmp_path: Path) -> Iterator[Store]:
    """An empty migrated store."""
    with make_store(store_kind, tmp_path) as made:
        yield made


@cache
def _image() -> bytes:
    """A migrated SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        _migrate(f"sqlite:///{path}")
        return path.read_bytes()


def _migrated_schema() -> str:
    schema = _new_schema()
    _migrate(_address(schema))
    return schema


def _migrate(url: str) -> None:
    store = Store(url)
    upgrade(store.engine)
    _compiling.setdefault(store.engine.name, store.engine)
    store.close()


def _compiling_once(make: Callable[..., Engine]) -> Callable[..., Engine]:
    """Engines that share what they compile: each of hundreds of stores would compile every statement again."""

    def made(url: URL, **given: Any) -> Engine:  # passed on
        engine = make(url, **given)
        first = _compiling.get(engine.name)
        if first is not None:
            engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
        return engine

    return made


engines.sqlite = _compiling_once(engines.sqlite)
engines.postgresql = _compiling_once(engines.postgresql)


def _address(schema: str) -> str:
    return f"{POSTGRESQL}{'&' if '?' in POSTGRESQL else '?'}options=-csearch_path%3D{schema}"


def _new_schema() -> str:
    schema = f"mm_{uuid.uuid4().hex}"
    _admin(f"CREATE SCHEMA {schema}")
    return schema


def _empty(schema: str) -> None:
    _admin(*(f"DELETE FROM {schema}.{table.name}" for table in reversed(metadata.sorted_tables)))


def _drop(schema: str) -> None:
    _admin(f"DROP SCHEMA {schema} CASCADE")


def _admin(*statements: str) -> None:
    with _admin_engine().begin() as connection:
        connection.execute(text(";".join(statements)))


@cache
def _admin_engine() -> Engine:
    return create_engine(make_url(POSTGRESQL).set(drivername="postgresql+psycopg"), pool_pre_ping=True)

"""Stores for tests: a file of its own, or a schema of its own in the PostgreSQL that TEST_DATABASE_URL names."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from app.db.migrate import upgrade
from app.db.uow import Store

POSTGRESQL = os.environ.get("TEST_DATABASE_URL", "")
KINDS = ("sqlite", "postgresql") if POSTGRESQL else ("sqlite",)
LEFT_OUT = "PostgreSQL tests were LEFT OUT: TEST_DATABASE_URL is not set"


@contextmanager
def store_url(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty store of that kind, which is gone after the block."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/store.db"
        return
    schema = f"mm_{uuid.uuid4().hex}"
    admin = create_engine(make_url(POSTGRESQL).set(drivername="postgresql+psycopg"))
    with admin.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    try:
        yield f"{POSTGRESQL}{'&' if '?' in POSTGRESQL else '?'}options=-csearch_path%3D{schema}"
    finally:
        with admin.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        admin.dispose()


@contextmanager
def make_store(kind: str, folder: Path, *, busy_timeout_ms: int = 5000) -> Iterator[Store]:
    """An empty migrated store of that kind."""
    with store_url(kind, folder) as url:
        store = Store(url, busy_timeout_ms=busy_timeout_ms)
        try:
            upgrade(store.engine)
            yield store
        finally:
            store.close()


@pytest.fixture(params=KINDS)
def store_kind(request: pytest.FixtureRequest) -> str:
    """Each kind of store that can be tested here."""
    return str(request.param)


@pytest.fixture
def store(store_kind: str, tmp_path: Path) -> Iterator[Store]:
    """An empty migrated store."""
    with make_store(store_kind, tmp_path) as made:
        yield made

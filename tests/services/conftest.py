"""Every test of a service runs on each kind of store; empty for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db.uow import Store
from app.services.world import World
from tests.stores import migrated_url, store_kind
from tests.worlds import Clock, numbered, opened

__all__ = ["store_kind"]


@pytest.fixture
def store_url(store_kind: str, tmp_path: Path) -> Iterator[str]:
    """The address of an empty store."""
    with migrated_url(store_kind, tmp_path) as url:
        yield url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store."""
    store = Store(store_url)
    yield store
    store.close()


@pytest.fixture
def clock() -> Clock:
    """The clock of `world`."""
    return Clock()


@pytest.fixture
def world(store: Store, tmp_path: Path, clock: Clock) -> Iterator[World]:
    """A world on an empty store."""
    with opened(store, tmp_path, clock=clock, new_id=numbered()) as world:
        yield world

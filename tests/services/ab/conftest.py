"""Tests of A/B tests run on each kind of store, with ids of their own: designs are remembered by id."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db.uow import Store
from app.services.world import World
from tests.services.conftest import clock, store, store_kind, store_url
from tests.services.steering import ids_of
from tests.worlds import Clock, opened

__all__ = ["clock", "store", "store_kind", "store_url"]


@pytest.fixture
def world(store: Store, tmp_path: Path, clock: Clock, request: pytest.FixtureRequest) -> Iterator[World]:
    """A world on an empty store."""
    with opened(store, tmp_path, clock=clock, new_id=ids_of(request.node.name)) as world:
        yield world

"""Every test of a service runs on each kind of store; migrated once, empty for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db.migrate import upgrade
from app.db.tables import metadata
from app.db.uow import Store
from app.services.world import World
from tests import stores
from tests.stores import store_kind
from tests.worlds import Clock, numbered, opened

__all__ = ["store_kind"]


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Addresses of migrated stores by kind; the SQLite file is there to be copied."""
    folder = tmp_path_factory.mktemp("migrated")
    found = {kind: stores.store_url(kind, folder) for kind in stores.KINDS}
    urls = {kind: context.__enter__() for kind, context in found.items()}
    for url in urls.values():
        store = Store(url)
        upgrade(store.engine)
        store.close()
    yield urls
    for context in found.values():
        context.__exit__(None, None, None)


@pytest.fixture
def store_url(store_kind: str, tmp_path: Path, _migrated: dict[str, str]) -> str:
    """The address of an empty store."""
    url = _migrated[store_kind]
    if store_kind == "sqlite":
        path = tmp_path / "store.db"
        path.write_bytes(Path(url.removeprefix("sqlite:///")).read_bytes())
        return f"sqlite:///{path}"
    store = Store(url)
    with store.write() as tx:
        for table in reversed(metadata.sorted_tables):
            tx.execute(table.delete())
    store.close()
    return url


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

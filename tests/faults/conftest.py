"""Faults are made on each kind of store, with a use case that has two flows and a running experiment."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.db.migrate import upgrade
from app.db.uow import Store
from app.services import clock
from tests import stores
from tests.services.made import make_use_case, start
from tests.stores import store_kind
from tests.worlds import opened

__all__ = ["store_kind"]


@dataclass(frozen=True)
class Prepared:
    """A store that a server can be started on."""

    url: str
    folder: Path
    experiment: str


@pytest.fixture
def prepared(store_kind: str, tmp_path: Path) -> Iterator[Prepared]:
    """A store with an active use case whose two flows are compared."""
    with stores.store_url(store_kind, tmp_path) as url:
        store = Store(url)
        upgrade(store.engine)
        with opened(store, tmp_path, clock=clock.now) as world:
            make_use_case(world, weights={"a": 5000, "b": 5000})
            experiment = start(world, mode="optimise", max_step_pct=1.0)
        store.close()
        yield Prepared(url, tmp_path, experiment.id)

"""Batches are tested on each kind of store, with a world of its own for each test."""

import pytest

from tests.services.conftest import clock, store, store_kind, store_url, world

__all__ = ["clock", "store", "store_kind", "store_url", "world"]


@pytest.fixture(autouse=True)
def _looking_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test moves the clock, and nobody rings for that."""
    monkeypatch.setattr("app.services.jobs.worker.POLL_S", 0.02)

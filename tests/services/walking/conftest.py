"""Walks are tested on each kind of store, with a world of its own for each test."""

from tests.services.conftest import clock, store, store_kind, store_url, world

__all__ = ["clock", "store", "store_kind", "store_url", "world"]

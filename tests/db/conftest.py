"""Every test of the store runs on each kind of store."""

from tests.stores import store, store_kind

__all__ = ["store", "store_kind"]

"""Every test of the store runs on each kind of store."""

from tests.stores import pytest_terminal_summary, store, store_kind

__all__ = ["pytest_terminal_summary", "store", "store_kind"]

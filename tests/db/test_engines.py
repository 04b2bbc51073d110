"""Connections are renewed: what was made before is closed, idle or in use."""

import pytest

from app.db.uow import Store


def test_a_renewal_closes_what_was_in_use_and_the_next_one_is_new(store: Store) -> None:
    with store.read() as tx:
        old = tx.connection.dbapi_connection
        store._renewal.renew()

    with store.read() as tx:
        assert tx.connection.dbapi_connection is not old

    assert old is not None
    with pytest.raises(Exception, match="closed"):
        old.cursor().execute("SELECT 1")


def test_what_is_in_use_when_the_store_is_closed_is_closed_once_it_is_given_back(store: Store) -> None:
    with store.read() as tx:
        used = tx.connection.dbapi_connection
        store.close()

    assert used is not None
    with pytest.raises(Exception, match="closed"):
        used.cursor().execute("SELECT 1")


def test_without_a_renewal_a_connection_is_used_again(store: Store) -> None:
    with store.read() as tx:
        first = tx.connection.dbapi_connection

    with store.read() as tx:
        assert tx.connection.dbapi_connection is first

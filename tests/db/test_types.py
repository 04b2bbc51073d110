"""Column types behave alike on both stores."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db import calls, use_cases
from app.db.types import dumps
from app.db.uow import Store
from app.domain.errors import Invalid
from tests.db import makers

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.dictionaries(st.text(), inner),
)


def test_a_moment_comes_back_aware_to_the_microsecond(store: Store) -> None:
    moment = datetime(2026, 7, 1, 1, 2, 3, 456789, tzinfo=timezone(timedelta(hours=5)))

    with store.write() as tx:
        call = makers.call(at=moment)
        calls.add_new(tx, [call])
        stored = calls.get(tx, call.id)

    assert stored.at == moment
    assert stored.at.tzinfo is UTC
    assert stored == call


def test_a_naive_moment_is_refused(store: Store) -> None:
    with pytest.raises(Invalid), store.write() as tx:
        calls.add_new(tx, [makers.call(at=datetime(2026, 1, 1))])  # noqa: DTZ001 - it is what must be refused


def test_money_as_float_is_refused(store: Store) -> None:
    with pytest.raises(Invalid), store.write() as tx:
        calls.add_new(tx, [makers.call(cost=1.5)])


def test_an_unknown_cost_comes_back_as_unknown_not_as_zero(store: Store) -> None:
    call = makers.call(cost=None, cost_status="unpriced")

    with store.write() as tx:
        calls.add_new(tx, [call])
        stored = calls.get(tx, call.id)

    assert stored.cost is None


def test_an_id_that_is_no_uuid_is_refused_on_both_stores(store: Store) -> None:
    with pytest.raises(Invalid), store.read() as tx:
        use_cases.get(tx, "1 OR 1=1")


def test_a_nul_character_never_leaves_half_a_row(store: Store) -> None:
    call = makers.call(error="a\x00b")

    try:
        with store.write() as tx:
            calls.add_new(tx, [call])
    except Invalid:
        assert not store.sqlite

    with store.read() as tx:
        found, _ = calls.page(tx, calls.CallFilter())
    assert found in ([], [call])


@given(JSON)
def test_equal_json_is_equal_text_whatever_the_order_of_keys(value: object) -> None:
    assert dumps(value) == dumps(_reversed(value))


def _reversed(value: object) -> object:
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(value)}
    return value

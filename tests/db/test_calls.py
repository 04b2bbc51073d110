"""Calls are found by any mix of filters, newest first, and add up per flow."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.db import call_figures, calls
from app.db.calls import CallFilter
from app.db.uow import Store
from app.domain.call import Call, CallText
from app.domain.errors import Invalid
from app.services.ids import new_id
from tests.db import makers


def _add(store: Store, made: list[Call]) -> None:
    with store.write() as tx:
        calls.add_new(tx, made)


def test_pages_hold_every_call_once_newest_first_also_when_moments_are_equal(store: Store) -> None:
    made = [makers.call(at=makers.NOW + timedelta(seconds=number // 3)) for number in range(10)]
    _add(store, made)
    seen: list[Call] = []
    cursor: str | None = None

    for _ in range(4):
        with store.read() as tx:
            items, cursor = calls.page(tx, CallFilter(), cursor=cursor, limit=3)
        seen += items

    assert cursor is None
    assert seen == sorted(made, key=lambda call: (call.at, call.id), reverse=True)


@pytest.mark.parametrize(
    "asked",
    [
        {"model": "vendor/other"}, {"provider": "other"}, {"outcome": "error"}, {"source": "reported"}, {"step": "two"},
        {"task": "chat"}, {"key_id": "k"}, {"session_id": new_id()}, {"run_id": new_id()}, {"flow_id": new_id()},
        {"use_case_id": new_id()},
    ],
)  # fmt: skip
def test_a_filter_leaves_only_what_matches(store: Store, asked: dict[str, str]) -> None:
    other, wanted = makers.call(), replace(makers.call(), **asked)
    _add(store, [other, wanted])

    with store.read() as tx:
        found, _ = calls.page(tx, CallFilter(**asked))

    assert found == [wanted]


def test_a_time_range_holds_its_start_and_not_its_end(store: Store) -> None:
    made = [makers.call(at=makers.NOW + timedelta(hours=hour)) for hour in range(3)]
    _add(store, made)

    with store.read() as tx:
        found, _ = calls.page(tx, CallFilter(since=made[0].at, until=made[1].at))

    assert found == [made[0]]


def test_a_search_takes_percent_and_underscore_as_letters(store: Store) -> None:
    percent, plain = makers.call(), makers.call()
    with store.write() as tx:
        calls.add_new(tx, [percent, plain])
        calls.add_texts(tx, [CallText(percent.id, "100% Sure_ly", ""), CallText(plain.id, "100 surely", "")])

        found, _ = calls.page(tx, CallFilter(text="0% sure_l"))

    assert found == [percent]


@pytest.mark.parametrize("cursor", ["x", "bm9uc2Vuc2U", "WyJhdCIsMSwyXQ", "😀"])
def test_a_foreign_cursor_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(Invalid) as raised, store.read() as tx:
        calls.page(tx, CallFilter(), cursor=cursor)

    assert raised.value.field == "cursor"


def test_figures_per_flow_are_exact(store: Store) -> None:
    flow_id, session_id = new_id(), new_id()
    made = [makers.call(flow_id=flow_id, session_id=session_id, latency_ms=n, cost=10) for n in range(1, 101)]
    made[0] = replace(made[0], cost=None, cost_status="unpriced", outcome="error")
    _add(store, [*made, makers.call()])

    with store.read() as tx:
        found = {each.flow_id: each for each in call_figures.per_flow(tx, CallFilter())}

    assert found[flow_id] == call_figures.FlowFigures(flow_id, 1, 100, 1, 1000, 800, 990, 1, 50, 95)
    assert found[None].calls == 1

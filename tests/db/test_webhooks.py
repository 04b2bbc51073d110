"""Webhooks and their deliveries are stored alike on both stores."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.db import deliveries, webhooks
from app.db.uow import Store
from app.domain.errors import NotFound
from app.domain.webhook import Delivery, Webhook
from app.services.ids import new_id
from tests.db.makers import NOW


def webhook(**given: Any) -> Webhook:
    """A webhook for two kinds."""
    plain = Webhook(new_id(), "https://host/hook", "whsec_c2VjcmV0", ("escaped", "reopened"), True, NOW, NOW)
    return replace(plain, **given)


def delivery(owner: Webhook, **given: Any) -> Delivery:
    """A delivery that is due now."""
    plain = Delivery(new_id(), owner.id, "escaped", {"type": "x"}, "pending", 0, NOW, None, None, NOW, None)
    return replace(plain, **given)


def stored(store: Store, *made: Webhook | Delivery) -> None:
    """Write them in their order."""
    with store.write() as tx:
        for one in made:
            webhooks.add(tx, one) if isinstance(one, Webhook) else deliveries.add(tx, one)


def due(store: Store, *but_not: str, after_s: float = 0) -> str | None:
    """The id of the next delivery, so many seconds from now."""
    with store.read() as tx:
        found = deliveries.next_due(tx, NOW + timedelta(seconds=after_s), but_not=but_not)
    return None if found is None else found[0].id


def test_a_webhook_comes_back_as_it_was_and_as_it_was_changed(store: Store) -> None:
    one = webhook()
    stored(store, one)
    changed = replace(one, url="http://other/", secret="whsec_bmV3", kinds=("moved",), active=False)

    with store.write() as tx:
        assert webhooks.get_to_change(tx, one.id) == one
        webhooks.update(tx, changed)

    with store.read() as tx:
        assert webhooks.get(tx, one.id) == changed
        assert webhooks.active(tx) == []


def test_what_does_not_exist_is_not_found(store: Store) -> None:
    one = webhook()

    with store.write() as tx:
        for ask in (
            lambda: webhooks.get(tx, one.id),
            lambda: webhooks.get_to_change(tx, one.id),
            lambda: webhooks.update(tx, one),
            lambda: webhooks.remove(tx, one.id),
            lambda: deliveries.get(tx, one.id, one.id),
        ):
            with pytest.raises(NotFound):
                ask()


def test_a_webhook_takes_its_deliveries_along(store: Store) -> None:
    one, other = webhook(), webhook()
    mine, theirs = delivery(one), delivery(other)
    stored(store, one, other, mine, theirs)

    with store.write() as tx:
        webhooks.remove(tx, one.id)

    assert due(store) == theirs.id
    with store.read() as tx:
        with pytest.raises(NotFound):
            deliveries.get(tx, other.id, mine.id)
        assert deliveries.get(tx, other.id, theirs.id) == theirs


def test_webhooks_and_deliveries_are_paged_newest_first(store: Store) -> None:
    ones = [webhook(created_at=NOW + timedelta(seconds=number)) for number in range(3)]
    sent = [delivery(ones[0]) for _ in range(3)]
    stored(store, *ones, *sent)

    with store.read() as tx:
        first, cursor = webhooks.page(tx, limit=2)
        rest, end = webhooks.page(tx, limit=2, cursor=cursor)
        newest, further = deliveries.page(tx, ones[0].id, limit=2)
        oldest, _ = deliveries.page(tx, ones[0].id, limit=2, cursor=further)

    assert ([*first, *rest], end) == (ones[::-1], None)
    assert [*newest, *oldest] == sent[::-1]


def test_the_delivery_that_is_due_for_longest_is_next(store: Store) -> None:
    one, off = webhook(), webhook(active=False)
    late = delivery(one, due_at=NOW + timedelta(seconds=1))
    first, second = delivery(one, due_at=NOW - timedelta(seconds=1)), delivery(one)
    ended = [delivery(one, status=status, due_at=NOW - timedelta(days=1)) for status in ("delivered", "dead")]
    stored(store, one, off, late, second, first, *ended, delivery(off, due_at=NOW - timedelta(days=1)))

    assert due(store) == first.id
    assert due(store, one.id) is None
    with store.write() as tx:
        assert deliveries.update_state(tx, first, replace(first, status="delivered", attempts=1, ended_at=NOW))
        assert not deliveries.update_state(tx, first, replace(first, status="dead"))
    assert due(store) == second.id
    with store.write() as tx:
        deliveries.postpone(tx, one.id, NOW + timedelta(seconds=5))
    assert (due(store, after_s=4.9), due(store, after_s=5)) == (None, min(late.id, second.id))


def test_old_deliveries_are_pruned(store: Store) -> None:
    one = webhook()
    old, young = delivery(one, created_at=NOW - timedelta(seconds=1)), delivery(one)
    stored(store, one, old, young)

    with store.write() as tx:
        assert deliveries.prune(tx, NOW) == 1

    assert due(store) == young.id

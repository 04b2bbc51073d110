"""Webhooks and their deliveries are stored alike on both stores."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.db import deliveries, webhooks
from app.db.uow import Store
from app.domain.delivery import Answer, Delivery, after
from app.domain.errors import NotFound
from app.domain.webhook import Webhook
from app.services.ids import new_id
from tests.db.makers import NOW


def webhook(**given: Any) -> Webhook:
    """A webhook for two kinds."""
    plain = Webhook(new_id(), "https://host/hook", "whsec_c2VjcmV0", ("experiment.escaped", "run.*"), True, NOW, NOW)
    return replace(plain, **given)


def delivery(owner: Webhook, **given: Any) -> Delivery:
    """A delivery that is due now."""
    plain = Delivery(
        new_id(), owner.id, "run.failed", {"type": "x"}, "pending", 0, NOW, None, None, NOW, None,
        event_id=new_id(), about="thing",
    )  # fmt: skip
    return replace(plain, **given)


def stored(store: Store, *made: Webhook | Delivery) -> None:
    """Write them in their order."""
    with store.write() as tx:
        for one in made:
            webhooks.add(tx, one) if isinstance(one, Webhook) else deliveries.add_new(tx, [one])


def due(store: Store, owner: Webhook, *, after_s: float = 0, limit: int = 10) -> list[str]:
    """The ids of the deliveries that are due, so many seconds from now."""
    with store.read() as tx:
        return [one.id for one in deliveries.due(tx, owner.id, NOW + timedelta(seconds=after_s), limit=limit)]


def test_a_webhook_comes_back_as_it_was_and_as_it_was_changed(store: Store) -> None:
    one = webhook()
    stored(store, one)
    changed = replace(one, url="http://other/", secret="whsec_bmV3", kinds=("flow.*",), active=False)

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

    assert due(store, other) == [theirs.id]
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


def test_of_what_is_about_the_same_only_the_first_is_due(store: Store) -> None:
    one, other = webhook(), webhook()
    second, first = delivery(one, number=2), delivery(one, number=1)
    apart, late = delivery(one, about="else", number=3), delivery(one, about="late", due_at=NOW + timedelta(seconds=9))
    stored(store, one, other, second, first, apart, late, delivery(other))

    assert due(store, one) == [first.id, apart.id]
    assert due(store, one, limit=1) == [first.id]
    assert due(store, one, after_s=9) == [first.id, apart.id, late.id]
    given = after(first, Answer(204, None), NOW)
    with store.write() as tx:
        assert deliveries.update_state(tx, first, given)
        assert not deliveries.update_state(tx, first, given)
    assert due(store, one) == [second.id, apart.id]


def test_a_failure_holds_up_what_is_about_the_same_until_the_receiver_is_back(store: Store) -> None:
    one = webhook()
    first, second = delivery(one, number=1), delivery(one, number=2)
    apart = delivery(one, about="else", number=3)
    stored(store, one, first, second, apart)
    failed = after(first, Answer(500, "answered 500"), NOW)

    with store.write() as tx:
        deliveries.update_state(tx, first, failed)
        deliveries.postpone(tx, failed)
        assert deliveries.next_due_at(tx, one.id) == NOW
    assert (due(store, one), due(store, one, after_s=15)) == ([apart.id], [apart.id, first.id])
    with store.write() as tx:
        deliveries.bring_forward(tx, one.id, NOW)
    assert due(store, one) == [first.id, apart.id]


def test_an_event_is_owed_once_and_revived_once_it_has_ended(store: Store) -> None:
    one = webhook()
    given = delivery(one, status="delivered", attempts=1, ended_at=NOW)
    pending = delivery(one)
    stored(store, one, given, pending)

    with store.write() as tx:
        assert deliveries.add_new(tx, [replace(given, id=new_id()), replace(pending, id=new_id())]) == set()
        assert deliveries.owed(tx, [one.id, new_id()]) == {one.id}
        ids = [str(given.event_id), str(pending.event_id)]
        assert deliveries.revive(tx, one.id, ids, ("dead",), NOW) == 0
        assert deliveries.revive(tx, one.id, ids, ("dead", "delivered"), NOW) == 1
        again = deliveries.get(tx, one.id, given.id)
    assert (again.status, again.attempts, again.replayed, again.ended_at) == ("pending", 0, True, None)


def test_old_deliveries_are_pruned_and_traffic_that_was_taken_sooner(store: Store) -> None:
    one = webhook()
    week = NOW - timedelta(days=7)
    old = delivery(one, created_at=NOW - timedelta(days=31))
    traffic, change = (
        delivery(one, kind=kind, status="delivered", created_at=NOW - timedelta(days=8))
        for kind in ("run.failed", "flow.changed")
    )
    owed, young = delivery(one, created_at=NOW - timedelta(days=8)), delivery(one)
    stored(store, one, old, traffic, change, owed, young)

    with store.write() as tx:
        assert deliveries.prune(tx, NOW - timedelta(days=30), week, ["run.failed"], looked_at=1) == 1
        assert deliveries.prune(tx, NOW - timedelta(days=30), week, ["run.failed"], looked_at=9) == 1
        left, _ = deliveries.page(tx, one.id)
        pending, _ = deliveries.page(tx, one.id, status="pending")

    assert [each.id for each in left] == [young.id, owed.id, change.id]
    assert [each.id for each in pending] == [young.id, owed.id]

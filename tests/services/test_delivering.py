"""What is due reaches its receiver signed, is tried again after failures, and takes no time from others."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.db.uow import Store
from app.domain.delivery import MOST_ATTEMPTS, Delivery
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.event import ALERTS, KINDS
from app.domain.experiment import Experiment
from app.domain.webhook import Webhook
from app.services import deliveries as service
from app.services import delivering, events, webhooks
from app.services.publishing import publish
from app.services.webhooks import Edit
from app.services.world import World
from tests.services.jobbing import deliver
from tests.services.made import CODE, make_use_case, start
from tests.services.receiving import Receiver
from tests.services.test_experiment_events import recorded
from tests.worlds import Clock, numbered, opened

WAITS_S = [*(15 * 4**number for number in range(MOST_ATTEMPTS)), 3600]  # until the last attempt, and some more


@pytest.fixture
def world(store: Store, tmp_path: Path, clock: Clock) -> Iterator[World]:
    """A world that may call hosts of this machine."""
    with opened(store, tmp_path, clock=clock, new_id=numbered(), webhook_private_hosts=True) as world:
        yield world


@pytest.fixture
def experiment(world: World) -> Experiment:
    make_use_case(world, weights={"a": 5000, "b": 5000})
    begun = start(world)
    publish(world)
    return begun


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def deliveries(world: World, webhook: Webhook) -> list[Delivery]:
    """The webhook's, oldest first."""
    return service.page(world, webhook.id, cursor=None, limit=200)[0][::-1]


def kinds_of(receiver: Receiver) -> list[str]:
    """What the receiver was sent, in order."""
    return [got.told["type"] for got in receiver.received]


def test_what_is_due_reaches_the_receiver_signed(world: World, experiment: Experiment, receiver: Receiver) -> None:
    webhook = webhooks.create(world, receiver.url, ALERTS)
    event = recorded(world, experiment, "escaped", "Flow a has escaped.")

    deliver(world)
    deliver(world)

    (got,), (delivery,) = receiver.received, deliveries(world, webhook)
    assert got.signed_with(webhook.secret)
    assert not got.signed_with("whsec_" + "A" * 44)
    assert (got.headers["webhook-id"], got.headers["content-type"]) == (event.id, "application/json")
    assert got.headers["webhook-timestamp"] == str(int(world.now().timestamp()))
    assert "webhook-replayed" not in got.headers
    assert (got.told["type"], got.told["data"]["event_id"]) == ("experiment.escaped", event.id)
    assert got.told["data"] | {"number": 0} == {
        "about": experiment.id,
        "actor": None,
        "details": {"flow": "a"},
        "event_id": event.id,
        "experiment_id": experiment.id,
        "number": 0,
        "text": "Flow a has escaped.",
        "use_case": CODE,
    }
    assert (delivery.status, delivery.attempts, delivery.answered, delivery.error) == ("delivered", 1, 204, None)
    assert (delivery.ended_at, delivery.event_id) == (world.now(), event.id)
    assert [(one["answered"], one["error"]) for one in delivery.tries] == [(204, None)]


def test_a_failure_is_tried_again_under_the_same_id(
    world: World, experiment: Experiment, receiver: Receiver, clock: Clock
) -> None:
    webhook = webhooks.create(world, receiver.url, ALERTS)
    recorded(world, experiment, "escaped")
    receiver.statuses.append(500)

    deliver(world)
    (waiting,) = deliveries(world, webhook)
    clock.forward(seconds=14)
    deliver(world)
    early = len(receiver.received)
    clock.forward(seconds=1)
    deliver(world)

    assert (waiting.status, waiting.attempts, waiting.answered, early) == ("pending", 1, 500, 1)
    assert waiting.error == "answered 500"
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    assert second.signed_with(webhook.secret)
    (given,) = deliveries(world, webhook)
    assert [one["answered"] for one in given.tries] == [500, 204]


def test_after_the_last_attempt_it_is_dead_until_it_is_sent_again(
    world: World, experiment: Experiment, receiver: Receiver, clock: Clock
) -> None:
    webhook = webhooks.create(world, receiver.url, ALERTS)
    recorded(world, experiment, "escaped")
    receiver.status = 503
    for wait_s in WAITS_S:
        deliver(world)
        clock.forward(seconds=wait_s)
    (dead,) = deliveries(world, webhook)

    assert (dead.status, dead.attempts, dead.answered) == ("dead", MOST_ATTEMPTS, 503)
    assert len(receiver.received) == MOST_ATTEMPTS
    receiver.status = 200
    again = service.replay(world, webhook.id, dead.id)
    with pytest.raises(Conflict) as refused:
        service.replay(world, webhook.id, dead.id)
    clock.forward(hours=1)
    deliver(world)
    (delivered,) = deliveries(world, webhook)
    assert (again.id, again.status, again.attempts, refused.value.code) == (dead.id, "pending", 0, "delivery-pending")
    assert (delivered.status, delivered.attempts, delivered.replayed) == ("delivered", 1, True)
    assert {got.headers["webhook-id"] for got in receiver.received} == {dead.event_id}
    assert receiver.received[-1].headers["webhook-replayed"] == "true"


def test_what_was_taken_can_be_sent_again(world: World, experiment: Experiment, receiver: Receiver) -> None:
    webhook = webhooks.create(world, receiver.url, ALERTS)
    recorded(world, experiment, "escaped")
    deliver(world)

    service.replay(world, webhook.id, deliveries(world, webhook)[0].id)
    deliver(world)

    first, second = receiver.received
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    assert (deliveries(world, webhook)[0].status, second.headers["webhook-replayed"]) == ("delivered", "true")


def test_what_is_about_the_same_waits_for_what_was_before_and_other_things_do_not(
    world: World, experiment: Experiment, receiver: Receiver, clock: Clock
) -> None:
    webhooks.create(world, receiver.url, ("experiment.*", "budget.warned"))
    recorded(world, experiment, "moved", "One.")
    deliver(world)
    receiver.statuses.append(500)
    recorded(world, experiment, "escaped", "Two.")
    recorded(world, experiment, "moved", "Three.")

    deliver(world)
    after_failure = [got.told["data"]["text"] for got in receiver.received]
    with world.store.write() as tx:
        events.record(tx, world, "budget.warned", about="other", text="Other.")
    deliver(world)
    meanwhile = [got.told["data"]["text"] for got in receiver.received]

    assert after_failure == ["One.", "Two."]
    assert meanwhile == ["One.", "Two.", "Other.", "Two.", "Three."]  # it answers again, so nothing waits any longer


def test_once_one_is_given_up_the_next_about_the_same_goes(
    world: World, experiment: Experiment, receiver: Receiver, clock: Clock
) -> None:
    webhook = webhooks.create(world, receiver.url, ALERTS)
    recorded(world, experiment, "escaped", "One.")
    recorded(world, experiment, "reopened", "Two.")
    receiver.statuses.extend([500] * MOST_ATTEMPTS)

    for wait_s in WAITS_S:
        deliver(world)
        clock.forward(seconds=wait_s)

    assert [one.status for one in deliveries(world, webhook)] == ["dead", "delivered"]
    assert [got.told["data"]["text"] for got in receiver.received] == ["One."] * MOST_ATTEMPTS + ["Two."]


def test_a_webhook_that_fails_takes_nothing_from_others(
    world: World, experiment: Experiment, receiver: Receiver, clock: Clock
) -> None:
    with Receiver() as ill:
        ill.status = 500
        broken, well = webhooks.create(world, ill.url, KINDS), webhooks.create(world, receiver.url, ("experiment.*",))
        for _ in range(5):
            recorded(world, experiment, "moved")

        deliver(world)
        alone = len(ill.received)
        clock.forward(seconds=15)
        ill.status = 200
        deliver(world)

        assert (alone, len(receiver.received)) == (3, 5)  # about the experiment, and about each webhook
        assert {one.status for one in (*deliveries(world, broken), *deliveries(world, well))} == {"delivered"}


@pytest.mark.slow
def test_a_silent_receiver_costs_its_timeout_and_nobody_else(world: World, experiment: Experiment) -> None:
    with Receiver() as silent, Receiver() as quick:
        silent.free.clear()
        held, well = webhooks.create(world, silent.url, ALERTS), webhooks.create(world, quick.url, ALERTS)
        recorded(world, experiment, "escaped")

        deliver(world)

        (late,), (given,) = deliveries(world, held), deliveries(world, well)
        assert (late.status, late.answered, late.error) == ("pending", None, "gave no answer in time")
        assert (given.status, len(quick.received)) == ("delivered", 1)


def test_a_receiver_that_is_not_there_is_tried_again(world: World, experiment: Experiment) -> None:
    with Receiver() as gone:
        url = gone.url
    webhook = webhooks.create(world, url, ALERTS)
    recorded(world, experiment, "escaped")

    deliver(world)

    (delivery,) = deliveries(world, webhook)
    assert (delivery.status, delivery.answered) == ("pending", None)
    assert delivery.error == "no connection, or no answer in HTTP"


def test_no_redirect_is_followed(world: World, experiment: Experiment, receiver: Receiver) -> None:
    with Receiver() as leading:
        leading.status, leading.location = 307, receiver.url
        webhook = webhooks.create(world, leading.url, ALERTS)
        recorded(world, experiment, "escaped")

        deliver(world)

        (delivery,) = deliveries(world, webhook)
        assert (delivery.answered, delivery.error, receiver.received) == (307, "answered 307", [])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]"])
def test_a_private_host_is_refused_when_it_is_named_and_when_it_is_called(
    host: str, world: World, experiment: Experiment, receiver: Receiver, store: Store, tmp_path: Path, clock: Clock
) -> None:
    """The second refusal is made of the very addresses that would be connected to, whatever the name meant before."""
    url = receiver.url.replace("127.0.0.1", host)
    webhook = webhooks.create(world, url, ALERTS)
    recorded(world, experiment, "escaped")

    with opened(store, tmp_path / "strict", clock=clock) as strict:
        with pytest.raises(Invalid) as refused:
            webhooks.create(strict, url, ALERTS)
        with pytest.raises(Invalid):
            webhooks.change(strict, webhook.id, Edit(url=url))
        deliver(strict)
        answer = webhooks.try_out(strict, webhook.id)

    (delivery,) = deliveries(world, webhook)
    assert refused.value.field == "url"
    assert receiver.received == []
    assert (delivery.status, delivery.answered) == ("pending", None)
    assert delivery.error == answer.error
    assert "WEBHOOK_PRIVATE_HOSTS=true" in (answer.error or "")


@pytest.mark.parametrize("url", ["http://no-such-host.invalid/", "http://" + "a" * 70 + ".invalid/"])
def test_a_host_that_is_not_known_is_refused(url: str, store: Store, tmp_path: Path) -> None:
    with opened(store, tmp_path / "strict") as strict, pytest.raises(Invalid) as refused:
        webhooks.create(strict, url, ALERTS)

    assert refused.value.field == "url"


def test_what_waits_goes_to_the_address_of_now_and_is_signed_with_both_secrets_for_a_day(
    world: World, experiment: Experiment, receiver: Receiver, clock: Clock
) -> None:
    with Receiver() as former:
        webhook = webhooks.create(world, former.url, ALERTS)
        recorded(world, experiment, "escaped")
        webhooks.change(world, webhook.id, Edit(url=receiver.url))
        rotated = webhooks.rotate(world, webhook.id)

        deliver(world)
        clock.forward(hours=24)
        recorded(world, experiment, "escaped")
        deliver(world)

        overlapping, later = receiver.received
        assert former.received == []
        assert (overlapping.signed_with(rotated.secret), overlapping.signed_with(webhook.secret)) == (True, True)
        assert (later.signed_with(rotated.secret), later.signed_with(webhook.secret)) == (True, False)


def test_a_webhook_that_is_switched_off_is_sent_nothing_until_it_is_on(
    world: World, experiment: Experiment, receiver: Receiver
) -> None:
    webhook = webhooks.create(world, receiver.url, ALERTS)
    recorded(world, experiment, "escaped")

    publish(world)
    webhooks.change(world, webhook.id, Edit(active=False))
    deliver(world)
    off = len(receiver.received)
    webhooks.change(world, webhook.id, Edit(active=True))
    deliver(world)

    assert (off, kinds_of(receiver)) == (0, ["experiment.escaped"])


def test_a_test_is_answered_at_once_and_is_no_delivery(world: World, receiver: Receiver) -> None:
    webhook = webhooks.create(world, receiver.url, ALERTS)
    receiver.statuses.append(418)

    first, second = webhooks.try_out(world, webhook.id), webhooks.try_out(world, webhook.id)

    assert (first.status, first.error) == (418, "answered 418")
    assert (second.status, second.error) == (204, None)
    assert receiver.received[0].told["type"] == "webhook.test"
    assert receiver.received[0].signed_with(webhook.secret)
    assert deliveries(world, webhook) == []


def test_deliveries_are_forgotten_after_a_month(
    world: World, experiment: Experiment, receiver: Receiver, clock: Clock
) -> None:
    webhook = webhooks.create(world, receiver.url, ALERTS)
    recorded(world, experiment, "escaped")
    deliver(world)

    clock.moment += delivering.KEPT
    kept = list(delivering.forget(world))
    clock.moment += timedelta(seconds=1)

    assert (kept, list(delivering.forget(world))) == ([], ["forgot 1 deliveries"])
    assert deliveries(world, webhook) == []


def test_kinds_are_known_and_kept_once(world: World, receiver: Receiver) -> None:
    webhook = webhooks.create(world, receiver.url, ("stopped", "run.*", "experiment.stopped"))

    assert webhook.kinds == ("experiment.stopped", "run.*")
    for kinds, field in (((), "kinds"), (("run.*", "lost"), "kinds[1]")):
        with pytest.raises(Invalid) as refused:
            webhooks.create(world, receiver.url, kinds)
        assert refused.value.field == field
    with pytest.raises(NotFound):
        service.replay(world, webhook.id, world.new_id())

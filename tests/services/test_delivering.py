"""What is due reaches its receiver signed, is tried again after failures, and takes no time from others."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.db.uow import Store
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.event import ALERTS, KINDS
from app.domain.experiment import Experiment
from app.domain.webhook import MOST_ATTEMPTS, Delivery, Webhook
from app.services import delivering, tick, webhooks
from app.services.webhooks import Edit
from app.services.world import World
from tests.services.made import make_use_case, start
from tests.services.receiving import Receiver
from tests.services.test_experiment_events import recorded
from tests.worlds import Clock, numbered, opened


@pytest.fixture
def world(store: Store, tmp_path: Path, clock: Clock) -> Iterator[World]:
    """A world that may call hosts of this machine."""
    with opened(store, tmp_path, clock=clock, new_id=numbered(), webhook_private_hosts=True) as world:
        yield world


@pytest.fixture
def experiment(world: World) -> Experiment:
    make_use_case(world, weights={"a": 5000, "b": 5000})
    return start(world)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def deliveries(world: World, webhook: Webhook) -> list[Delivery]:
    """The webhook's, oldest first."""
    return webhooks.deliveries(world, webhook.id, cursor=None, limit=200)[0][::-1]


def beat(world: World) -> list[str]:
    """What the duty says."""
    return list(delivering.deliver_due(world))


def test_what_is_due_reaches_the_receiver_signed(world: World, experiment: Experiment, receiver: Receiver) -> None:
    webhook = webhooks.create(world, receiver.url, ALERTS)
    event = recorded(world, experiment, "escaped", "Flow a has escaped.")

    said, again = beat(world), beat(world)

    (got,), (delivery,) = receiver.received, deliveries(world, webhook)
    assert (said, again) == (["delivered 1 events to webhooks"], [])
    assert got.signed_with(webhook.secret)
    assert not got.signed_with("whsec_" + "A" * 44)
    assert (got.headers["webhook-id"], got.headers["content-type"]) == (delivery.id, "application/json")
    assert got.headers["webhook-timestamp"] == str(int(world.now().timestamp()))
    assert (got.told["type"], got.told["data"]["event_id"]) == ("experiment.escaped", event.id)
    assert (delivery.status, delivery.attempts, delivery.answered, delivery.error) == ("delivered", 1, 204, None)
    assert delivery.ended_at == world.now()


def test_the_beat_delivers(world: World, experiment: Experiment, receiver: Receiver) -> None:
    webhooks.create(world, receiver.url, ALERTS)
    recorded(world, experiment, "completed")

    assert "delivered 1 events to webhooks" in list(tick.beat(world))


def test_a_failure_is_tried_again_under_the_same_id(
    world: World, experiment: Experiment, receiver: Receiver, clock: Clock
) -> None:
    webhook = webhooks.create(world, receiver.url, ALERTS)
    recorded(world, experiment, "escaped")
    receiver.statuses.append(500)

    assert beat(world) == []
    (waiting,) = deliveries(world, webhook)
    clock.forward(seconds=14)
    assert beat(world) == []
    clock.forward(seconds=1)
    assert beat(world) == ["delivered 1 events to webhooks"]

    assert (waiting.status, waiting.attempts, waiting.answered) == ("pending", 1, 500)
    assert waiting.error == "answered 500"
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    assert second.signed_with(webhook.secret)


def test_after_the_last_attempt_it_is_dead_until_it_is_replayed(
    world: World, experiment: Experiment, receiver: Receiver, clock: Clock
) -> None:
    webhook = webhooks.create(world, receiver.url, ALERTS)
    recorded(world, experiment, "escaped")
    receiver.status = 503
    said = []
    for _ in range(MOST_ATTEMPTS + 3):
        said += beat(world)
        clock.forward(days=1)
    (dead,) = deliveries(world, webhook)

    assert (dead.status, dead.attempts, dead.answered) == ("dead", MOST_ATTEMPTS, 503)
    assert (said, len(receiver.received)) == (["gave up 1 deliveries"], MOST_ATTEMPTS)
    receiver.status = 200
    again = webhooks.replay(world, webhook.id, dead.id)
    with pytest.raises(Conflict) as refused:
        webhooks.replay(world, webhook.id, dead.id)
    assert beat(world) == ["delivered 1 events to webhooks"]
    (delivered,) = deliveries(world, webhook)
    assert (again.id, again.status, again.attempts, refused.value.code) == (dead.id, "pending", 0, "delivery-not-dead")
    assert (delivered.status, delivered.attempts) == ("delivered", 1)
    assert {got.headers["webhook-id"] for got in receiver.received} == {dead.id}


def test_a_webhook_that_fails_is_left_alone_and_the_others_are_served(
    world: World, experiment: Experiment, receiver: Receiver, clock: Clock
) -> None:
    with Receiver() as ill:
        ill.status = 500
        broken, well = webhooks.create(world, ill.url, KINDS), webhooks.create(world, receiver.url, KINDS)
        for _ in range(5):
            recorded(world, experiment, "moved")

        beat(world)
        beat(world)
        alone = len(ill.received)
        clock.forward(seconds=15)
        ill.status = 200
        beat(world)

        assert (alone, len(receiver.received)) == (1, 5)
        assert {one.status for one in (*deliveries(world, broken), *deliveries(world, well))} == {"delivered"}


@pytest.mark.slow
def test_a_silent_receiver_costs_its_timeout_and_nobody_else(world: World, experiment: Experiment) -> None:
    with Receiver() as silent, Receiver() as quick:
        silent.free.clear()
        held, well = webhooks.create(world, silent.url, ALERTS), webhooks.create(world, quick.url, ALERTS)
        recorded(world, experiment, "escaped")

        beat(world)

        (late,), (given,) = deliveries(world, held), deliveries(world, well)
        assert (late.status, late.answered, late.error) == ("pending", None, "gave no answer in time")
        assert (given.status, len(quick.received)) == ("delivered", 1)


def test_a_beat_begins_no_delivery_after_its_time(world: World, experiment: Experiment, receiver: Receiver) -> None:
    webhooks.create(world, receiver.url, ALERTS)
    recorded(world, experiment, "escaped")

    assert list(delivering.deliver_due(world, within_s=0)) == []

    assert receiver.received == []
    assert beat(world) == ["delivered 1 events to webhooks"]


def test_a_receiver_that_is_not_there_is_tried_again(world: World, experiment: Experiment) -> None:
    with Receiver() as gone:
        url = gone.url
    webhook = webhooks.create(world, url, ALERTS)
    recorded(world, experiment, "escaped")

    beat(world)

    (delivery,) = deliveries(world, webhook)
    assert (delivery.status, delivery.answered) == ("pending", None)
    assert delivery.error == "no connection, or no answer in HTTP"


def test_no_redirect_is_followed(world: World, experiment: Experiment, receiver: Receiver) -> None:
    with Receiver() as leading:
        leading.status, leading.location = 307, receiver.url
        webhook = webhooks.create(world, leading.url, ALERTS)
        recorded(world, experiment, "escaped")

        beat(world)

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
        beat(strict)
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


def test_what_waits_goes_to_the_address_and_is_signed_with_the_secret_of_now(
    world: World, experiment: Experiment, receiver: Receiver
) -> None:
    with Receiver() as former:
        webhook = webhooks.create(world, former.url, ALERTS)
        recorded(world, experiment, "escaped")
        webhooks.change(world, webhook.id, Edit(url=receiver.url))
        rotated = webhooks.rotate(world, webhook.id)

        beat(world)

        (got,) = receiver.received
        assert former.received == []
        assert (got.signed_with(rotated.secret), got.signed_with(webhook.secret)) == (True, False)


def test_a_webhook_that_is_switched_off_is_sent_nothing_until_it_is_on(
    world: World, experiment: Experiment, receiver: Receiver
) -> None:
    webhook = webhooks.create(world, receiver.url, ALERTS)
    recorded(world, experiment, "escaped")

    webhooks.change(world, webhook.id, Edit(active=False))
    off = beat(world)
    webhooks.change(world, webhook.id, Edit(active=True))

    assert (off, beat(world)) == ([], ["delivered 1 events to webhooks"])


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
    beat(world)

    clock.moment += delivering.KEPT
    kept = beat(world)
    clock.moment += timedelta(seconds=1)

    assert (kept, beat(world)) == ([], ["forgot 1 deliveries"])
    assert deliveries(world, webhook) == []


def test_a_process_that_died_before_its_row_leaves_the_delivery_due_under_its_id(
    world: World, experiment: Experiment, receiver: Receiver
) -> None:
    """The receiver has had it; nothing says so in the store, as after a kill between answer and commit."""
    webhook = webhooks.create(world, receiver.url, ALERTS)
    recorded(world, experiment, "escaped")
    (delivery,) = deliveries(world, webhook)
    delivering.send(world, webhook, id_=delivery.id, payload=delivery.payload)

    beat(world)

    first, second = receiver.received
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)


def test_kinds_are_known_and_kept_once(world: World, receiver: Receiver) -> None:
    webhook = webhooks.create(world, receiver.url, ("stopped", "escaped", "stopped"))

    assert webhook.kinds == ("experiment.stopped", "experiment.escaped")
    with pytest.raises(Invalid) as refused:
        webhooks.create(world, receiver.url, ())
    assert refused.value.field == "kinds"
    with pytest.raises(NotFound):
        webhooks.replay(world, webhook.id, world.new_id())

"""An event stands or falls with what it tells of, is owed to whoever asked for it, and is followed in its order."""

import logging
import threading
from dataclasses import replace

import pytest

from app.db import events as rows
from app.domain.delivery import Delivery
from app.domain.errors import NotFound, Overloaded
from app.domain.event import KINDS, Event
from app.domain.experiment import Experiment
from app.domain.experiment_event import ALERTS, Kind
from app.domain.webhook import Webhook
from app.services import deliveries, experiment_events, experiments, webhooks
from app.services.departure import Departure
from app.services.listeners import Listeners
from app.services.publishing import publish
from app.services.world import World
from tests.services.made import make_use_case, start
from tests.worlds import Clock

HALVES = {"a": 5000, "b": 5000}


@pytest.fixture
def experiment(world: World) -> Experiment:
    make_use_case(world, weights=HALVES)
    begun = start(world)
    publish(world)
    return begun


@pytest.fixture
def told(world: World) -> World:
    """The same world, which may call hosts of this machine."""
    return replace(world, policy=replace(world.policy, webhook_private_hosts=True))


def recorded(world: World, experiment: Experiment, kind: Kind = "moved", text: str = "Moved.") -> Event:
    """A committed event."""
    with world.store.write() as tx:
        return experiment_events.record(tx, world, experiment, kind, text, {"flow": "a"})


def owed_of(world: World, webhook: Webhook) -> list[Delivery]:
    """What the webhook is owed of experiments."""
    found, _ = deliveries.page(world, webhook.id, cursor=None, limit=50)
    return [one for one in found if one.kind.startswith("experiment.")]


def ids_of(world: World, experiment: Experiment, after: str | None = None) -> list[str]:
    """Ids of the experiment's events."""
    return [event.id for event in experiment_events.page(world, experiment.id, after=after, limit=200)[0]]


def test_an_event_is_read_as_it_was_recorded(world: World, experiment: Experiment) -> None:
    made = recorded(world, experiment)

    found, following = experiment_events.page(world, experiment.id, after=None, limit=10)

    assert (found[-1], following) == (made, None)
    assert (made.at, made.use_case_id, made.kind) == (world.now(), experiment.use_case_id, "experiment.moved")
    assert (made.text, made.data) == ("Moved.", {"flow": "a"})


def test_events_and_what_is_owed_of_them_go_with_their_transaction(told: World, experiment: Experiment) -> None:
    webhook = webhooks.create(told, "http://127.0.0.1:9/", KINDS)
    before = ids_of(told, experiment)

    def fail() -> None:
        with told.store.write() as tx:
            experiment_events.record(tx, told, experiment, "escaped", "Gone.")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert ids_of(told, experiment) == before
    publish(told)
    assert owed_of(told, webhook) == []


def test_every_active_webhook_that_asked_for_the_kind_is_owed_the_event(told: World, experiment: Experiment) -> None:
    asked, other, off = (
        webhooks.create(told, "http://127.0.0.1:9/", kinds, active=active)
        for kinds, active in ((ALERTS, True), (("moved",), True), (KINDS, False))
    )

    made = recorded(told, experiment, "escaped", "Flow a has escaped.")

    publish(told)
    (owed,) = owed_of(told, asked)
    assert (owed.kind, owed.status, owed.attempts, owed.due_at) == ("experiment.escaped", "pending", 0, told.now())
    assert owed.payload["type"] == "experiment.escaped"
    assert (owed.event_id, owed.about, owed.number) == (made.id, experiment.id, owed.payload["data"]["number"])
    assert [owed_of(told, one) for one in (other, off)] == [[], []]


def test_an_alert_is_logged_without_its_text_and_every_event_is_counted(
    world: World, experiment: Experiment, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        recorded(world, experiment, "moved")
        recorded(world, experiment, "escaped", "a person's words")

    (record,) = [record for record in caplog.records if record.msg == "experiment_alert"]
    assert (record.__dict__["experiment"], record.__dict__["kind"]) == (experiment.id, "escaped")
    assert "a person's words" not in str(record.__dict__)
    (family,) = [family for family in world.tally.families() if family.name == "model_match_experiment_events"]
    counted = {reading.labels: reading.values for reading in family.readings}
    assert (counted["moved",], counted["escaped",]) == ((1.0,), (1.0,))


def test_an_id_grows_even_when_a_clock_is_behind(world: World, experiment: Experiment) -> None:
    first = recorded(world, experiment)

    second = recorded(replace(world, new_id=lambda: "00000000-0000-7000-8000-000000000000"), experiment)

    assert second.id > first.id
    assert ids_of(world, experiment, after=first.id) == [second.id]


def test_pages_neither_skip_nor_repeat(world: World, experiment: Experiment) -> None:
    before = recorded(world, experiment).id
    made = [recorded(world, experiment).id for _ in range(5)]

    first, following = experiment_events.page(world, experiment.id, after=before, limit=3)
    rest, end = experiment_events.page(world, experiment.id, after=following, limit=3)

    assert [event.id for event in (*first, *rest)] == made
    assert (following, end) == (made[2], None)


def test_there_are_no_events_of_an_experiment_that_is_not_there(world: World) -> None:
    unknown = world.new_id()

    with pytest.raises(NotFound):
        experiment_events.page(world, unknown, after=None, limit=1)
    with pytest.raises(NotFound):
        next(experiment_events.follow(world, unknown, Departure(), after=None))


def test_a_listener_is_told_what_was_and_what_comes_and_at_last_the_end(world: World, experiment: Experiment) -> None:
    was = recorded(world, experiment)
    followed = experiment_events.follow(world, experiment.id, Departure(), after=None)
    heard = [next(followed)]
    while heard[-1] != was:
        heard.append(next(followed))
    later = threading.Timer(0.05, lambda: (recorded(world, experiment), experiments.stop(world, experiment.id)))

    later.start()
    told = list(followed)
    later.join()

    *come, end = told
    assert isinstance(end, Experiment)
    assert (end.status, end.outcome) == ("ended", "stopped")
    assert [event.id for event in come if isinstance(event, Event)] == ids_of(world, experiment, after=was.id)
    assert come


def test_more_events_than_one_look_finds_come_without_a_pause(
    world: World, experiment: Experiment, clock: Clock
) -> None:
    with world.store.write() as tx:
        for number in range(experiment_events.AT_ONCE + 5):
            experiment_events.record(tx, world, experiment, "moved", f"Move {number}.")

    experiments.stop(world, experiment.id)

    heard = list(experiment_events.follow(world, experiment.id, Departure(), after=None))

    assert [event.id for event in heard] == [*ids_of(world, experiment), experiment.id]
    assert len(heard) > experiment_events.AT_ONCE + 5


def test_a_stream_ends_after_its_time(world: World, experiment: Experiment) -> None:
    made = recorded(world, experiment)

    heard = list(experiment_events.follow(world, experiment.id, Departure(), after=None, lasts_s=0))

    assert heard[-1] == made


@pytest.mark.parametrize("reason", ["the listener leaves", "the server stops"])
def test_a_stream_ends_at_once_when(reason: str, world: World, experiment: Experiment) -> None:
    departure, ended = Departure(), threading.Event()

    def listen() -> None:
        list(experiment_events.follow(world, experiment.id, departure, after=None))
        ended.set()

    thread = threading.Thread(target=listen)
    thread.start()
    departure.leave() if reason == "the listener leaves" else world.listeners.close()

    assert ended.wait(60)
    thread.join()


def test_places_of_listeners_are_given_back() -> None:
    listeners = Listeners(1)

    listeners.enter()
    with pytest.raises(Overloaded):
        listeners.enter()
    listeners.leave()
    listeners.enter()
    listeners.leave()
    listeners.close()
    with pytest.raises(Overloaded):
        listeners.enter()


def test_recorders_in_two_processes_never_hide_an_event(world: World, experiment: Experiment) -> None:
    """Whoever read an event never finds one before it afterwards, though ids are made before the commit."""
    seen: list[str] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            with world.store.read() as tx:
                last = seen[-1] if seen else None
                seen.extend(event.id for event in rows.after(tx, experiment.id, last, limit=500))

    def write() -> None:
        for _ in range(10):
            recorded(world, experiment)

    reader, writers = threading.Thread(target=read), [threading.Thread(target=write) for _ in range(4)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()

    every = ids_of(world, experiment)
    assert seen == every[: len(seen)]
    assert len(every) >= 40

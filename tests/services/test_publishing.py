"""Events are told in one order, none is missed though transactions commit in another, and replays double nothing."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from app.db import event_numbers as numbers
from app.db.event_pages import first_id
from app.db.uow import Store
from app.domain.errors import Invalid, NotFound
from app.domain.webhook import Webhook
from app.domain.webhook_health import PAUSED_AFTER
from app.services import deliveries, event_log, event_replays, event_retention, events, generate, ids, webhooks
from app.services.delivering import AT_ONCE
from app.services.departure import Departure
from app.services.event_log import Asked, Shown
from app.services.publishing import Publisher, publish
from app.services.webhooks import Wanted
from app.services.world import World
from tests.services.jobbing import deliver, perform
from tests.services.made import CODE, ask, make_use_case
from tests.services.receiving import Receiver
from tests.worlds import Clock, opened


@pytest.fixture
def world(store: Store, tmp_path: Path, clock: Clock) -> Iterator[World]:
    """A world that may call hosts of this machine."""
    with opened(store, tmp_path, clock=clock, new_id=timed(clock), webhook_private_hosts=True) as world:
        yield world


def timed(clock: Clock) -> Callable[[], str]:
    """Ids as they are made at the moment of the clock."""
    numbers = count(1)
    return lambda: f"{first_id(clock())[:-12]}{next(numbers):012x}"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def happen(world: World, about: str = "thing", kind: str = "budget.warned") -> str:
    """A committed event; its id."""
    with world.store.write() as tx:
        return events.record(tx, world, kind, about=about, text=f"about {about}").id


def heard(world: World, asked: Asked | None = None, *, after: int = 0) -> list[Shown]:
    """What a feed says until it finds nothing more."""
    wanted, _ = event_log.start(world, asked or Asked())
    return list(event_log.follow(world, wanted, Departure(), after=after, lasts_s=0))


def owed(world: World, webhook: Webhook) -> list[str]:
    """Kinds of the webhook's deliveries, oldest first."""
    found, _ = deliveries.page(world, webhook.id, cursor=None, limit=200)
    return [one.kind for one in reversed(found)]


def test_numbers_follow_each_other_in_the_order_of_commits(world: World) -> None:
    late = world.new_id()
    first = happen(world)
    publish(world)
    with world.store.write() as tx:
        events.record(tx, replace(world, new_id=lambda: late), "budget.warned", about="late", text="made before")
    second = happen(world)

    assert publish(world) == 2
    assert publish(world) == 0

    told = [(shown.event.id, shown.event.number) for shown in heard(world)]
    assert told == [(first, 1), (late, 2), (second, 3)]
    assert [shown.event.id for shown in heard(world, after=1)] == [late, second]


def test_a_listener_misses_nothing_while_many_write_and_several_publish(world: World, store: Store) -> None:
    """Ids are made before the commit, so that whoever went by ids would pass over what is committed late."""
    seen: list[int] = []
    done, publishers = threading.Event(), [Publisher(world), Publisher(world)]
    wanted, _ = event_log.start(world, Asked())
    departure = Departure()

    def listen() -> None:
        for shown in event_log.follow(world, wanted, departure, after=0):
            seen.append(shown.event.number or 0)
            if len(seen) == 80:
                done.set()

    def write(name: str) -> None:
        for _ in range(20):
            happen(world, name)

    listener, writers = threading.Thread(target=listen), [threading.Thread(target=write, args=(n,)) for n in "abcd"]
    for thread in (*publishers, listener, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    assert done.wait(60)
    departure.leave()
    for publisher in publishers:
        publisher.close()
    listener.join()

    assert seen == list(range(1, 81))


def test_a_feed_may_be_of_some_kinds_of_one_thing_or_of_one_use_case(world: World) -> None:
    make_use_case(world)
    happen(world, "a")
    happen(world, "b", "breaker.opened")
    happen(world, "b", "breaker.closed")
    publish(world)

    assert [shown.event.what for shown in heard(world, Asked(["breaker.*"]))] == ["opened", "closed"]
    assert [shown.event.about for shown in heard(world, Asked(about="a"))] == ["a"]
    mine = heard(world, Asked(use_case=CODE))
    assert {shown.use_case for shown in mine} == {CODE}
    assert len(mine) == len(heard(world)) - 3
    with pytest.raises(NotFound):
        heard(world, Asked(use_case="other"))
    with pytest.raises(Invalid):
        heard(world, Asked(["lost"]))


def test_a_feed_of_what_is_rare_goes_past_all_the_rest(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_log, "AT_ONCE", 2)
    for _ in range(7):
        happen(world)
    rare = happen(world, kind="breaker.opened")
    publish(world)
    wanted, _ = event_log.start(world, Asked(["breaker"]))

    found = next(event_log.follow(world, wanted, Departure(), after=0))

    assert found.event.id == rare


def test_the_log_is_paged_both_ways_and_by_time(world: World, clock: Clock) -> None:
    begun = world.now()
    made = []
    for number in range(5):
        made.append(happen(world, str(number), "breaker.opened" if number % 2 else "budget.warned"))
        clock.forward(seconds=1)

    newest, cursor = event_log.page(world, Asked(), cursor=None, limit=2)
    rest, end = event_log.page(world, Asked(), cursor=cursor, limit=9)
    oldest, following = event_log.page(world, Asked(["breaker", "budget"]), oldest_first=True, cursor=None, limit=3)
    last, _ = event_log.page(world, Asked(["breaker", "budget"]), oldest_first=True, cursor=following, limit=3)
    some, _ = event_log.page(
        world,
        Asked(["budget.*"], since=begun + timedelta(seconds=1), until=begun + timedelta(seconds=4)),
        cursor=None,
        limit=9,
    )

    assert [one.event.id for one in (*newest, *rest)] == made[::-1]
    assert [one.event.id for one in (*oldest, *last)] == made
    assert end is None
    assert [one.event.id for one in some] == [made[2]]
    assert event_log.get(world, made[0]).event.id == made[0]


def test_traffic_and_changes_are_forgotten_after_their_own_times(world: World, clock: Clock) -> None:
    make_use_case(world)
    generate.run(world, CODE, ask("a"))
    changes = len(event_log.page(world, Asked(["use-case", "flow"]), cursor=None, limit=200)[0])

    clock.forward(days=7, seconds=1)
    first = list(event_retention.forget(world))
    left = len(event_log.page(world, Asked(), cursor=None, limit=200)[0])
    clock.forward(days=358)
    second = list(event_retention.forget(world))

    assert (first, left) == (["forgot 2 events"], changes)  # a session and its run
    assert second == [f"forgot {changes} events"]
    happen(world)
    publish(world)
    assert heard(world)[0].event.number is not None


def test_a_webhook_hears_of_runs_with_their_outputs_if_it_asks_and_texts_are_kept(
    world: World, receiver: Receiver, store: Store, tmp_path: Path, clock: Clock
) -> None:
    make_use_case(world)
    publish(world)
    plain = webhooks.make(world, Wanted(receiver.url + "?plain", ("run.*",)))
    webhooks.make(world, Wanted(receiver.url, ("run.succeeded",), use_case=CODE, texts=True))
    ran = generate.run(world, CODE, ask("a"))

    deliver(world)

    by_path = {got.path.partition("?")[2]: got.told["data"] for got in receiver.received}
    assert by_path[""]["outputs"] == ran.run.outputs
    assert "outputs" not in by_path["plain"]
    assert by_path["plain"]["about"] == ran.run.id
    assert owed(world, plain) == ["run.succeeded"]
    with opened(store, tmp_path / "quiet", clock=clock, keep_texts=False, webhook_private_hosts=True) as quiet:
        with pytest.raises(Invalid) as refused:
            webhooks.make(quiet, Wanted(receiver.url, ("run.*",), texts=True))
        assert refused.value.field == "texts"
    with opened(store, tmp_path / "less", clock=clock, traffic_events=False, webhook_private_hosts=True) as less:
        with pytest.raises(Invalid) as refused:
            webhooks.make(less, Wanted(receiver.url, ("flow.*", "run.*")))
        assert refused.value.field == "kinds[1]"


def test_events_of_the_past_are_told_again_under_their_own_ids_and_once_per_replay(
    world: World, receiver: Receiver, clock: Clock
) -> None:
    since = world.now()
    before = happen(world, "a")
    publish(world)
    webhook = webhooks.create(world, receiver.url, ("budget.*",))
    heard_of = happen(world, "a")
    deliver(world)
    clock.forward(seconds=1)

    event_replays.begin(world, event_replays.Wanted(since))
    perform(world, "event-replay")
    deliver(world)
    event_replays.begin(world, event_replays.Wanted(since, missed=True, webhook_id=webhook.id))
    perform(world, "event-replay")
    deliver(world)

    assert [got.headers["webhook-id"] for got in receiver.received] == [heard_of, before, heard_of]
    assert ["webhook-replayed" in got.headers for got in receiver.received] == [False, True, True]


def test_a_replay_asks_for_a_time_that_is_over_and_a_webhook_that_is_on(world: World, receiver: Receiver) -> None:
    off = webhooks.create(world, receiver.url, ("*",), active=False)
    moment = world.now()

    for wanted, field in (
        (event_replays.Wanted(moment), "since"),
        (event_replays.Wanted(moment - timedelta(1), webhook_id=off.id), "webhook_id"),
        (event_replays.Wanted(moment - timedelta(1), kinds=("lost",)), "kind"),
    ):
        with pytest.raises(Invalid) as refused:
            event_replays.begin(world, wanted)
        assert refused.value.field == field
    with pytest.raises(NotFound):
        event_replays.begin(world, event_replays.Wanted(moment - timedelta(1), webhook_id=ids.new_id()))


def test_a_receiver_that_keeps_failing_is_paused_asked_alone_and_told_of_once_it_is_back(
    world: World, receiver: Receiver, clock: Clock
) -> None:
    receiver.status = 500
    webhook = webhooks.create(world, receiver.url, ("budget.*",))
    for number in range(20):
        happen(world, str(number))

    deliver(world)
    first = len(receiver.received)
    paused = webhooks.get(world, webhook.id)
    clock.forward(seconds=29)
    deliver(world)
    early = len(receiver.received) - first
    clock.forward(seconds=1)
    deliver(world)
    probes = len(receiver.received) - first
    receiver.status = 204
    clock.forward(seconds=60 * 60)
    deliver(world)

    publish(world)
    back = webhooks.get(world, webhook.id)
    assert (paused.active, paused.failures, first) == (True, PAUSED_AFTER, AT_ONCE + PAUSED_AFTER - 1)
    assert (early, probes) == (0, 1)
    assert paused.paused_until is not None
    assert (back.failures, back.paused_until) == (0, None)
    told = [shown.event.what for shown in heard(world, Asked(about=webhook.id))]
    assert told == ["created", "paused", "resumed"]
    statuses = {one.status for one in deliveries.page(world, webhook.id, cursor=None, limit=99)[0]}
    assert statuses == {"delivered"}
    with world.store.read() as tx:
        assert numbers.any_left(tx) is False


def test_a_receiver_that_fails_for_days_is_given_up_and_goes_on_when_it_is_switched_on(
    world: World, receiver: Receiver, clock: Clock
) -> None:
    receiver.status = 500
    webhook = webhooks.create(world, receiver.url, ("budget.*",))
    for number in range(20):
        happen(world, str(number))
    for _ in range(35):
        deliver(world)
        clock.forward(hours=4)
    gone = webhooks.get(world, webhook.id)
    receiver.status = 204
    deliver(world)
    asked = len(receiver.received)

    webhooks.change(world, webhook.id, webhooks.Edit(active=True))
    happen(world, "new")
    deliver(world)

    assert (gone.active, gone.disabled_at is not None) == (False, True)
    assert [shown.event.what for shown in heard(world, Asked(["webhook.disabled"]))] == ["disabled"]
    assert len(receiver.received) > asked
    assert webhooks.get(world, webhook.id).failures == 0

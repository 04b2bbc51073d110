"""For each kind of job something to do that takes a while, when it is half done, and what is true in the end."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select

from app.db.tables import deliveries
from app.services import calls, event_replays, events, webhooks
from app.services.batches import progress as batch_progress
from app.services.calls import CallFilter
from app.services.comparing import comparisons, progress
from app.services.jobs import steering
from app.services.publishing import publish
from app.services.world import World
from tests.services.batches import batched
from tests.services.comparing.compared import SHORT, answers, inputs, make
from tests.services.receiving import Receiver

SLOW = {"latency_ms": 60}
MANY = 40
AT_ONCE = 2
IN_FLIGHT = 3 * 4  # asked, answered and waiting to be recorded, or being recorded
EVENTS = 4_000


@dataclass(frozen=True)
class Watched:
    """A thing that a job works on: whether it is in the middle, and what must be true of it in the end.

    `after` is done once its worker has been killed.
    """

    about: str
    begun: Callable[[], bool]
    check: Callable[[], None]
    after: Callable[[], None] = lambda: None


def every_call(world: World) -> Counter[str]:
    """How often each call id stands in the store."""
    found: Counter[str] = Counter()
    cursor: str | None = None
    while True:
        page, cursor = calls.page(world, CallFilter(), cursor=cursor, limit=200)
        found.update(call.id for call in page)
        if cursor is None:
            return found


@contextmanager
def comparison(world: World) -> Iterator[Watched]:
    """Two models, twenty inputs."""
    prompt = replace(SHORT, params=replace(SHORT.params, options=SLOW))
    made = make(world, prompt=prompt, inputs=inputs(MANY // 2), concurrency=AT_ONCE)

    def check() -> None:
        found = answers(world, made)
        asked = every_call(world)
        assert comparisons.get(world, made.id).status == "succeeded"
        assert len({(each.candidate, each.input) for each in found}) == len(found) == MANY
        assert {each.call_id for each in found} <= asked.keys()
        assert len(asked) <= MANY + IN_FLIGHT

    yield Watched(made.id, lambda: progress.of(world, made.id).answered >= 5, check)


@contextmanager
def batch(world: World) -> Iterator[Watched]:
    """Forty lines."""
    lines = [batched.line(number, batched.asked(f"question {number}", options=SLOW)) for number in range(1, MANY + 1)]
    made = batched.submit(world, lines, concurrency=AT_ONCE)

    def check() -> None:
        found = batched.lines_of(world, made)
        assert batch_progress.of(world, made.id).batch.status == "succeeded"
        assert sorted(line.place for line in found) == list(range(MANY))
        assert [line.error for line in found if line.error is not None] == []
        assert MANY <= len(every_call(world)) <= MANY + IN_FLIGHT

    yield Watched(made.id, lambda: len(batched.lines_of(world, made)) >= 5, check)


def happened(world: World, many: int) -> None:
    """So many events, of as many things."""
    with world.store.write() as tx:
        for at in range(many):
            events.record(tx, world, "task.assigned", about=f"task {at}", text="a task was given to a model")
    publish(world)


@contextmanager
def telling(world: World) -> Iterator[Watched]:
    """A receiver that takes its time over what it is told of forty things."""
    with Receiver() as receiver:
        receiver.free.clear()
        webhook = webhooks.create(world, receiver.url, ("task.assigned",))
        happened(world, MANY)

        def begun() -> bool:
            return len(receiver.received) >= 1

        def check() -> None:
            heard = Counter(each.headers["webhook-id"] for each in receiver.received)
            assert len(heard) == MANY
            assert heard.total() <= MANY + 8  # those that were under way are told once more, under the same id
            assert _owed(world, webhook.id) == {"delivered": MANY}

        yield Watched(webhook.id, begun, check, after=receiver.free.set)


@contextmanager
def retelling(world: World) -> Iterator[Watched]:
    """A webhook that is told of what happened before it was there."""
    since = world.now() - timedelta(seconds=1)
    happened(world, EVENTS)
    webhook = webhooks.create(world, "http://127.0.0.1:9/hook", ("task.assigned",))
    job = event_replays.begin(world, event_replays.Wanted(since=since, webhook_id=webhook.id))

    def check() -> None:
        assert _owed(world, webhook.id) == {"pending": EVENTS}

    yield Watched(webhook.id, lambda: steering.get(world, job.id).done > 0, check)


def _owed(world: World, webhook_id: str) -> dict[str, int]:
    c = deliveries.c
    with world.store.read() as tx:
        found = tx.execute(select(c.status, func.count()).where(c.webhook_id == webhook_id).group_by(c.status))
        return {str(status): int(many) for status, many in found}


KILLS: Final[Mapping[str, Callable[[World], AbstractContextManager[Watched]]]] = {
    "batch": batch,
    "comparison": comparison,
    "deliveries": telling,
    "event-replay": retelling,
}

"""A replay tells events of the past once more: a job that owes them to webhooks again, under their own ids."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.db import cursors
from app.db import deliveries as delivery_rows
from app.db import event_pages as pages
from app.db import jobs as job_rows
from app.db import webhooks as webhook_rows
from app.db.event_pages import EventFilter
from app.db.uow import Tx
from app.domain.delivery import Status
from app.domain.errors import Invalid, NotFound
from app.domain.event import Event, matching
from app.domain.job import Job
from app.domain.webhook import Webhook
from app.services import event_log, publishing
from app.services.event_log import Asked
from app.services.jobs.held import Held
from app.services.jobs.submitting import submit
from app.services.world import World

JOB: Final = "event-replay"
CURSOR: Final = "event-replay:"
END: Final = "end"
AT_ONCE: Final = 200
ENDED: Final[tuple[Status, ...]] = ("delivered", "dead")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Events from `since` on, before `until`; of the webhook only, if one is named, else of every active one.

    `missed`: only what was given up or never sent; else also what was delivered.
    """

    since: datetime
    until: datetime | None = None
    kinds: Sequence[str] = ()
    use_case: str | None = None
    webhook_id: str | None = None
    missed: bool = False


def begin(world: World, wanted: Wanted) -> Job:
    """The job that does it. Events that happen from now on are told anyhow. Raises Invalid, NotFound."""
    until = world.now() if wanted.until is None else wanted.until
    if wanted.since >= until:
        raise Invalid("a moment in the past, before `until`, is expected", field="since")
    with world.store.write() as tx:
        asked = Asked(wanted.kinds, use_case=wanted.use_case, since=wanted.since, until=until)
        found = event_log.filter_of(tx, asked)
        if wanted.webhook_id is not None and not webhook_rows.get(tx, wanted.webhook_id).active:
            raise Invalid("this webhook is switched off", field="webhook_id")
        payload = {
            "since": wanted.since.isoformat(),
            "until": until.isoformat(),
            "kinds": None if found.kinds is None else list(found.kinds),
            "use_case_id": found.use_case_id,
            "webhook_id": wanted.webhook_id,
            "missed": wanted.missed,
        }
        return submit(tx, world, JOB, about=wanted.webhook_id or world.new_id(), payload=payload, unique=False)


def perform(held: Held) -> None:
    """Owe the events, some at a time; how far it has come is stored with each part, so that none is owed twice."""
    publishing.publish(held.world)
    wanted, statuses = _read(held.job)
    more = True
    while more and not held.departure.left:
        with held.world.store.write() as tx:
            if not held.holds(tx):
                return
            more, done = _some(tx, held, wanted, statuses)
        held.progress(done)


def tidy(world: World) -> None:
    """Forget how far replays had come that are over."""
    with world.store.read() as tx:
        names = list(cursors.starting_with(tx, CURSOR))
        over = [name for name in names if not _lives(tx, name.removeprefix(CURSOR))]
    if over:
        with world.store.write() as tx:
            cursors.drop(tx, over)


def _some(tx: Tx, held: Held, wanted: EventFilter, statuses: Sequence[Status]) -> tuple[bool, int]:
    """Whether events are left after these, read oldest first, and how many were owed; the cursor says both."""
    name = CURSOR + held.job.id
    last, _, told = cursors.hold(tx, name).partition(" ")
    if last == END:
        return False, int(told)
    found, following = pages.page(tx, wanted, oldest_first=True, cursor=last or None, limit=AT_ONCE)
    for webhook in _webhooks(tx, held.job):
        _again(tx, held.world, webhook, found, statuses)
    done = int(told or 0) + len(found)
    cursors.put(tx, name, f"{following or END} {done}")
    return following is not None, done


def _lives(tx: Tx, job_id: str) -> bool:
    try:
        return job_rows.get(tx, job_id).live
    except NotFound:
        return False


def _again(tx: Tx, world: World, webhook: Webhook, events: Sequence[Event], statuses: Sequence[Status]) -> None:
    kinds = frozenset(matching(webhook.kinds))
    meant = [one for one in events if one.kind in kinds and webhook.use_case_id in (None, one.use_case_id)]
    if not meant:
        return
    revived = delivery_rows.revive(tx, webhook.id, [event.id for event in meant], statuses, world.now())
    if revived:
        submit(tx, world, publishing.JOB, about=webhook.id)
    publishing.owe(tx, world, webhook, meant, replayed=True)


def _webhooks(tx: Tx, job: Job) -> list[Webhook]:
    of = job.payload["webhook_id"]
    return [webhook for webhook in webhook_rows.active(tx) if of in (None, webhook.id)]


def _read(job: Job) -> tuple[EventFilter, Sequence[Status]]:
    told = job.payload
    kinds, use_case_id = told["kinds"], told["use_case_id"]
    wanted = EventFilter(
        kinds=tuple(str(kind) for kind in kinds) if isinstance(kinds, list) else None,
        use_case_id=None if use_case_id is None else str(use_case_id),
        since=datetime.fromisoformat(str(told["since"])),
        until=datetime.fromisoformat(str(told["until"])),
    )
    return wanted, ("dead",) if told["missed"] else ENDED

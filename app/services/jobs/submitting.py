"""Jobs are submitted, and withdrawn, in the unit of work of what they belong to: both, or neither."""

from datetime import datetime
from typing import Final

from app.db import jobs as rows
from app.db.uow import Tx
from app.domain.job import MOST_ATTEMPTS, Job
from app.domain.message import Json
from app.services.world import World

EMPTY: Final[Json] = {}


def submit(
    tx: Tx,
    world: World,
    kind: str,
    *,
    about: str,
    payload: Json = EMPTY,
    lane: str | None = None,
    due_at: datetime | None = None,
    most_attempts: int = MOST_ATTEMPTS,
    unique: bool = True,
) -> Job:
    """The job, which any worker takes once the caller's unit of work is committed; one of this process at once.

    `unique`: while a job of this kind about the same lives, that one is the answer; if it runs, it is run once more
    after that, so that nothing is missed which it has looked past. `payload` must hold no prompt, answer or key.
    `lane`: jobs of one lane run one at a time, in the order of their ids. `due_at`: not before then.
    """
    moment = world.now()
    job = Job(
        id=world.new_id(),
        kind=kind,
        about=about,
        lane=lane,
        payload=dict(payload),
        sole=unique,
        most_attempts=most_attempts,
        due_at=due_at or moment,
        created_at=moment,
    )
    world.store.after_commit(tx, world.bell.ring)
    return rows.add(tx, job)


def withdraw(tx: Tx, world: World, kind: str, *, about: str) -> Job | None:
    """The live job of this kind about this, which is cancelled now, by whoever also says what that means; or None.

    Call it before other rows of what the job works on are changed: workers take them in that order.
    """
    live = rows.live(tx, kind, about)
    return None if live is None else rows.cancel(tx, live, world.now())

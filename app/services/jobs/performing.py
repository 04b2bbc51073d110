"""One held job is done by its handler, and what comes of that is stored: over, due again, or somebody else's."""

import logging
from dataclasses import replace
from typing import Final

from app.db import jobs as rows
from app.db.uow import Tx
from app.domain.errors import CallerLeft, ModelMatchError, StoreUnavailable
from app.domain.job import LOST, Failed, HandedBack, Job, Outcome, Postponed, Succeeded, after
from app.services.jobs.handlers import ENDINGS, HANDLERS
from app.services.jobs.held import Held, Later
from app.services.world import World

log = logging.getLogger(__name__)
BROKEN: Final = "internal-error"
AWAY_S: Final = 2.0  # after the store did not answer; that is no try


def perform(held: Held) -> None:
    """Do the job, and store what came of it. Raises StoreUnavailable if that cannot be stored: its lease runs out."""
    outcome = _outcome(held)
    done, total = held.standing
    before = replace(held.job, done=done, total=total)
    moment = held.world.now()
    with held.world.store.write() as tx:
        settle(tx, held.world, before, after(before, outcome, moment))


def settle(tx: Tx, world: World, held: Job, then: Job) -> None:
    """Store how a try of the held job has ended; of one that is dead now, the thing it works on is told."""
    ended = rows.settle(tx, held, then)
    if ended is None:
        return
    if ended.status == "dead":
        end(tx, world, ended)
        log.warning("job_dead", extra={"job": ended.id, "kind": ended.kind, "code": ended.error})
    elif ended.lane is not None or ended.due_at <= world.now():
        world.store.after_commit(tx, world.bell.ring)


def end(tx: Tx, world: World, ended: Job) -> None:
    """The job has ended without its handler: whatever else its kind wants is done in the same unit of work."""
    ending = ENDINGS.get(ended.kind)
    if ending is not None:
        ending(tx, world, ended)


def lost(job: Job) -> bool:
    """Whether the claimed job was begun by as many as may try, and each has died of it or on the way."""
    return job.attempts > job.most_attempts


def bury(tx: Tx, world: World, job: Job) -> None:
    """A claimed job that is `lost` is dead."""
    held = replace(job, attempts=job.most_attempts)
    settle(tx, world, held, after(held, Failed(LOST), world.now()))


def _outcome(held: Held) -> Outcome:
    try:
        HANDLERS[held.job.kind](held)
    except Later as later:
        return Postponed(later.after_s)
    except CallerLeft:
        return HandedBack()
    except StoreUnavailable:
        return HandedBack() if held.departure.left else Postponed(AWAY_S)
    except ModelMatchError as error:
        return HandedBack() if held.departure.left else Failed(error.code)
    except Exception:  # whoever waits next must be run; what went wrong is logged, and tried again as any failure
        log.exception("job_crashed", extra={"job": held.job.id, "kind": held.job.kind})
        return Failed(BROKEN)
    return HandedBack() if held.departure.left else Succeeded()

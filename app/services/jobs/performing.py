"""One held job is done by its handler, and what comes of that is stored: over, due again, or somebody else's."""

import logging
from dataclasses import replace
from typing import Final

from app.db import jobs as rows
from app.db.uow import Tx
from app.domain.errors import CallerLeft, ModelMatchError, StoreUnavailable
from app.domain.job import LOST, Failed, HandedBack, Job, Outcome, Postponed, Succeeded, after, again_at
from app.services import events
from app.services.editing import edit
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
    _settle(held.world, replace(held.job, done=done, total=total), outcome)


def buried(world: World, job: Job) -> bool:
    """Whether the claimed job was begun by as many as may try, and each has died with it: then it is dead."""
    if job.attempts <= job.most_attempts:
        return False
    _settle(world, replace(job, attempts=job.most_attempts), Failed(LOST))
    return True


def told(tx: Tx, world: World, ended: Job) -> None:
    """The job has ended without its handler: whatever else that means is done in the same unit of work."""
    ending = ENDINGS.get(ended.kind)
    if ending is not None:
        ending(tx, world, ended)


def _settle(world: World, held: Job, outcome: Outcome) -> None:
    moment = world.now()
    then, due = after(held, outcome, moment), again_at(held, outcome, moment)

    def apply(tx: Tx) -> Job | None:
        ended = rows.settle(tx, held, then, again_at=due)
        if ended is not None and ended.status == "dead":
            told(tx, world, ended)
            _record_death(tx, world, ended)
        return ended

    if then.status == "dead":  # that changes the thing it works on, and those edits are seen at once
        ended = edit(world, apply)
    else:
        with world.store.write() as tx:
            ended = apply(tx)
    if ended is not None and ended.status == "dead":
        log.warning("job_dead", extra={"job": ended.id, "kind": ended.kind, "code": ended.error})


def _record_death(tx: Tx, world: World, job: Job) -> None:
    text = f"The job {job.id} ({job.kind}) was given up after {job.attempts} attempts: {job.error}."
    data = {"kind": job.kind, "about": job.about, "attempts": job.attempts, "error": job.error}
    events.record(tx, world, "job.dead", about=job.id, text=text, data=data)


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

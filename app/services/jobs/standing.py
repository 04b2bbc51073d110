"""How many jobs wait, run and are dead, as figures; asked of the store when somebody asks for them."""

from typing import Final

from app.db import job_figures as rows
from app.domain.errors import StoreUnavailable
from app.services.figures import Family, Reading
from app.services.jobs.handlers import HANDLERS
from app.services.world import World

TOLD: Final = {
    "queued": f"Jobs that wait, at most {rows.MOST} of a kind are counted",
    "running": "Jobs under way in any process",
    "dead": f"Jobs that were given up, at most {rows.MOST} of a kind are counted",
}


def families(world: World) -> list[Family]:
    """By kind; none while the store is away."""
    moment = world.now()
    try:
        with world.store.read() as tx:
            found = rows.backlogs(tx, list(HANDLERS), moment)
    except StoreUnavailable:
        return []
    counts = [
        Family(
            f"model_match_jobs_{name}",
            sentence,
            "gauge",
            ("kind",),
            tuple(Reading((each.kind,), (float(getattr(each, name)),)) for each in found),
        )
        for name, sentence in TOLD.items()
    ]
    waits = tuple(
        Reading((each.kind,), (0.0 if each.oldest_due_at is None else (moment - each.oldest_due_at).total_seconds(),))
        for each in found
    )
    told = "Seconds for which the job that is due for longest has waited"
    return [*counts, Family("model_match_jobs_oldest_wait_seconds", told, "gauge", ("kind",), waits)]

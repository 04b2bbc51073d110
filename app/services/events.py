"""What happens is recorded with it, in the same unit of work; who asked to hear of it is told once it is committed."""

import logging
from uuid import UUID

from app.db import events as rows
from app.db.uow import Tx
from app.domain.event import ALERTS, KINDS, Event
from app.domain.message import Json
from app.services import acting
from app.services.world import World

log = logging.getLogger(__name__)


def record(
    tx: Tx,
    world: World,
    kind: str,
    *,
    about: str,
    text: str,
    data: Json | None = None,
    use_case_id: str | None = None,
    actor: str | None = None,
) -> Event:
    """Write the event in the caller's unit of work; `kind` is one of KINDS. `text` is for people.

    Without `actor` it is who acts in this thread. Neither text nor data may hold a prompt, an answer or a key.
    Speaks to nobody. Of an experiment, which it then holds, ids grow in the order in which they can be read.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind} is no kind of event: name it in app/domain/event.py")
    of_experiment = kind.startswith("experiment.")
    event = Event(
        id=_following(world.new_id(), rows.last_id(tx, about)) if of_experiment else world.new_id(),
        at=world.now(),
        kind=kind,
        about=about,
        use_case_id=use_case_id,
        experiment_id=about if of_experiment else None,
        actor=actor or acting.actor(),
        text=text,
        data=data or {},
    )
    rows.add(tx, event)
    world.store.after_commit(tx, world.publication.ring)
    if of_experiment:
        world.tally.happened(event.what)
    if kind in ALERTS:
        facts = {"experiment": about, "use_case": use_case_id, "kind": event.what}
        log.warning("experiment_alert", extra=facts)
    return event


def _following(fresh: str, last: str | None) -> str:
    """The id, or one right after the last: the clocks of two machines differ, and readers go on after what they saw."""
    return fresh if last is None or fresh > last else str(UUID(int=UUID(last).int + 1))

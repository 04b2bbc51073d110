"""Which function does the jobs of which kind. A kind is a row here; docs/jobs.md says what it must keep to."""

from collections.abc import Callable, Mapping
from typing import Final

from app.db.uow import Tx
from app.domain.job import Job
from app.services import delivering, event_replays
from app.services.batches import running as batches
from app.services.comparing import running as comparing
from app.services.jobs.held import Held
from app.services.world import World

# Returns: it succeeded. Raises an error of the domain: tried again later, dead after its last attempt. Raises Later:
# due again then. Raises CallerLeft, or its departure is left: handed back.
HANDLERS: Final[Mapping[str, Callable[[Held], None]]] = {
    "batch": batches.run,
    "comparison": comparing.perform,
    "deliveries": delivering.drain,
    "event-replay": event_replays.perform,
}

# What else becomes of the thing when its job ends without its handler: dead, or cancelled by its id. Called in the
# transaction in which that happens.
ENDINGS: Final[Mapping[str, Callable[[Tx, World, Job], None]]] = {
    "batch": batches.dropped,
    "comparison": comparing.ended,
}

# What becomes of the thing when its dead job is replayed: likewise.
REVIVALS: Final[Mapping[str, Callable[[Tx, World, Job], None]]] = {
    "batch": batches.revived,
    "comparison": comparing.revived,
}

"""An embedding is a call like any other: routed, timed, priced, and durable before its answer leaves."""

import time
from collections.abc import Sequence

from app.db.facts import CallDone
from app.domain.call import Call
from app.domain.flow import Choice
from app.domain.message import Embeddings
from app.services import gateway
from app.services.attempts import Asker, Attempts
from app.services.world import World


def run(world: World, choice: Choice, texts: Sequence[str], *, asker: Asker) -> tuple[Embeddings, Call]:
    """The vectors and the call that gave them. Raises as `gateway.embed`."""
    attempts = Attempts()
    deadline = time.monotonic() + world.policy.run_timeout_s
    try:
        found = gateway.embed(world, choice, texts, asker=asker, attempts=attempts, deadline=deadline)
    finally:
        if attempts.made:
            facts = [CallDone(attempt.call, attempt.text, attempt.charges) for attempt in attempts.made]
            world.journal.write(facts, timeout_s=world.policy.journal_timeout_s)
    return found, attempts.last

"""Conversations are forgotten when they expire, and when nothing was said in them for the time that they are kept."""

from collections.abc import Iterator
from typing import Final

from app.db import conversations as rows
from app.services.world import World

AT_ONCE: Final = 100  # in one unit of work; a conversation may hold thousands of turns
MOST: Final = 20  # units of work in one beat


def prune(world: World) -> Iterator[str]:
    """A line when some were forgotten."""
    forgotten = 0
    for _ in range(MOST):
        moment = world.now()
        with world.store.write() as tx:
            gone = rows.prune(tx, moment, idle_since=moment - world.policy.conversation_retention, limit=AT_ONCE)
        forgotten += gone
        if gone < AT_ONCE:
            break
    if forgotten:
        yield f"forgot {forgotten} conversations"

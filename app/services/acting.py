"""Who acts: events are recorded under that name, which a door tells once instead of handing it from call to call."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_ACTOR: Final[ContextVar[str | None]] = ContextVar("actor", default=None)


def be(name: str | None) -> None:
    """What this thread does from now on is done by `name`; None: by nobody who is known."""
    _ACTOR.set(name)


@contextmanager
def acting(name: str) -> Iterator[None]:
    """What the block does is done by `name`."""
    former = _ACTOR.set(name)
    try:
        yield
    finally:
        _ACTOR.reset(former)


def actor() -> str | None:
    """Who acts in this thread."""
    return _ACTOR.get()

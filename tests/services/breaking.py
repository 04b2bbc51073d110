"""Breakers for tests: of one process, or of two that share a store and hear of each other soon."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.db import breakers as rows
from app.db.uow import Store
from app.domain.breaker import BreakerPolicy, Target
from app.services.breakers import Breakers
from tests.waiting import until
from tests.worlds import Clock

ONE, OTHER = Target("p", "p/m", "p"), Target("p", "p/m", "p-2")
PROBE_S = BreakerPolicy().probe_s


def make(store: Store, clock: Clock, holder: str = "a") -> Breakers:
    """Breakers of one process, alone until they are started."""
    return Breakers(store, now=clock, policy=BreakerPolicy(), holder=holder, poll_s=0.02, claim_wait_s=60)


@contextmanager
def sharing(*several: Breakers) -> Iterator[None]:
    """They share for the length of the block."""
    for breakers in several:
        breakers.start()
    try:
        yield
    finally:
        for breakers in several:
            breakers.close()


@pytest.fixture
def two(store: Store, clock: Clock) -> Iterator[tuple[Breakers, Breakers]]:
    """Two processes that share a store."""
    first, second = make(store, clock, "a"), make(store, clock, "b")
    with sharing(first, second):
        yield first, second


def fail(breakers: Breakers, target: Target = ONE, times: int = 5, **given: float) -> None:
    """So many failures in a row."""
    for _ in range(times):
        breakers.failed(target, **given)  # type: ignore[arg-type]  # retry_after_s by name


def both_know(two: tuple[Breakers, Breakers], *, is_open: bool) -> None:
    """Wait until both have heard."""
    until(lambda: all(breakers.closed(ONE) is not is_open for breakers in two))


def state(breakers: Breakers, target: Target = ONE) -> str:
    """The state as it is shown."""
    return next((reading.state for reading in breakers.readings() if reading.target == target), "closed")


def stored(store: Store) -> dict[Target, str]:
    """States as all processes see them."""
    with store.read() as tx:
        return {target: it.breaker.state for target, it in rows.stored(tx).items()}

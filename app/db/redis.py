"""The way to Redis: short waits, one second try on a connection that went stale, and errors of the domain."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from app.domain.errors import Invalid, StoreUnavailable

WAIT_S: Final = 0.5
IDLE_S: Final = 30


def connect(url: str, *, wait_s: float = WAIT_S) -> Redis:
    """Redis at that address, reached when first asked; each connect and each answer is waited for `wait_s` at most.

    Safe to share between threads. Raises Invalid for an address that is none.
    """
    try:
        return Redis.from_url(
            url,
            socket_timeout=wait_s,
            socket_connect_timeout=wait_s,
            health_check_interval=IDLE_S,
            retry=Retry(NoBackoff(), 1),
        )
    except ValueError as error:
        raise Invalid("redis://…, rediss://… or unix://… is expected", field="REDIS_URL") from error


@contextmanager
def translated() -> Iterator[None]:
    """Raises StoreUnavailable in place of what the library raises inside the block."""
    try:
        yield
    except RedisError as error:
        raise StoreUnavailable("redis does not answer") from error

"""Where limits can be counted over processes: in each kind of store, and in Redis where TEST_REDIS_URL names one."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis

from app.db.redis_limits import RedisLimits
from app.db.stored_limits import StoredLimits
from app.db.uow import Store
from tests import stores

REDIS = os.environ.get("TEST_REDIS_URL", "")
KINDS = (*stores.KINDS, "redis") if REDIS else stores.KINDS
Buckets = StoredLimits | RedisLimits


@contextmanager
def buckets_address(kind: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Arguments of `connect` for empty buckets of that kind, which are gone after the block."""
    if kind != "redis":
        with stores.migrated_url(kind, folder) as url:
            yield url, ""
        return
    prefix = f"mm-{uuid.uuid4().hex}"
    try:
        yield REDIS, prefix
    finally:
        with Redis.from_url(REDIS) as redis:
            for key in redis.scan_iter(f"{prefix}:*"):
                redis.delete(key)


def connect(url: str, prefix: str) -> Buckets:
    """The buckets at that address; also other processes call it."""
    return RedisLimits(url, prefix=prefix) if prefix else StoredLimits(Store(url))


@pytest.fixture(params=KINDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The address of each kind of buckets that can be tested here."""
    with buckets_address(str(request.param), tmp_path) as found:
        yield found


@pytest.fixture
def buckets(address: tuple[str, str]) -> Iterator[Buckets]:
    """Empty buckets."""
    made = connect(*address)
    yield made
    made.close()

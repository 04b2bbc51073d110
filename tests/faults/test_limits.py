"""Limits hold exactly over the workers of a real server, and serving goes on when what they share goes away."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db.stored_limits import StoredLimits
from app.domain.access import ApiKey
from app.domain.errors import LimitExceeded
from app.domain.limits import KeyLimits
from app.services import clock, keys
from app.services.limiter import Limiter
from tests import stores
from tests.buckets import KINDS, REDIS
from tests.db.outages import breakable
from tests.faults.served import Served
from tests.stores import store_kind
from tests.worlds import opened

__all__ = ["store_kind"]

pytestmark = pytest.mark.slow

ASKED = {"model": "simulated/small", "prompt": "hi", "max_tokens": 4}


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    """Three workers that share their limits in each way there is."""
    kind = str(request.param)
    with stores.migrated_url("sqlite" if kind == "redis" else kind, tmp_path) as url:
        extra = {"REDIS_URL": REDIS} if kind == "redis" else {}
        with Served(url, tmp_path, workers=3, extra=extra) as served:
            yield served


def test_the_workers_admit_exactly_the_limit_together(server: Served) -> None:
    with server.client() as client:
        issued = client.post("/keys", {"name": "k", "scopes": ["run"], "limits": {"requests_per_day": 40}})
    statuses: list[int] = []

    def work() -> None:
        for _ in range(10):
            with server.client() as client:  # a connection each, so that every worker is met
                client.secret = str(issued["secret"])
                statuses.append(client.send("POST", "/api/v1/generate", ASKED)[0])

    callers = [threading.Thread(target=work) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()

    assert {status: statuses.count(status) for status in set(statuses)} == {200: 40, 429: 40}


def test_while_the_store_is_away_each_process_goes_on_with_its_share(store_kind: str, tmp_path: Path) -> None:
    with breakable(store_kind, tmp_path) as (store, database), opened(store, tmp_path, clock=clock.now) as world:
        key = keys.issue(world, "k", ("run",), limits=KeyLimits(requests_per_day=40)).key
        limiter = Limiter(
            world.snapshots, now_ms=clock.now_ms, new_id=world.new_id, shared=StoredLimits(store), workers=4
        )

        def entered(times: int) -> int:
            return sum(_enters(limiter, key) for _ in range(times))

        before = entered(5)
        database.cut()
        away = entered(30)
        database.mend()
        until = time.monotonic() + 60
        back = 0
        while time.monotonic() < until and back < 35:
            back += entered(1)

    assert (before, away, back) == (5, 10, 35)


def _enters(limiter: Limiter, key: ApiKey) -> bool:
    try:
        limiter.enter(key).leave()
    except LimitExceeded:
        return False
    return True

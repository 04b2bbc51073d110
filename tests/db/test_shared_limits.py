"""Limits that processes share are counted exactly, by the arithmetic of the domain, and seats come back alone."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db.redis_limits import RedisLimits
from app.db.stored_limits import StoredLimits, prune
from app.db.uow import Store
from app.domain.errors import StoreUnavailable
from app.domain.limits import DAY_MS, KeyLimits, Levels, decide
from tests.buckets import KINDS, REDIS, Buckets, address, buckets
from tests.stores import POSTGRESQL

__all__ = ["address", "buckets"]

HAMMER = """
import sys, threading, time
from app.domain.limits import KeyLimits
from tests.buckets import connect
url, prefix, name = sys.argv[1:4]
buckets = connect(url, prefix)
limits = KeyLimits(*(int(value) or None for value in sys.argv[4].split(",")))
buckets.decide("somebody-else", limits, requests=1, tokens=0)
admitted, moments = [], []
print("ready", flush=True)
sys.stdin.readline()
until = time.time() + float(sys.argv[5])
def work(number):
    count = 0
    while time.time() < until:
        seat = f"{name}-{sys.argv[6]}-{number}-{count}" if limits.concurrent else None
        decision = buckets.decide(name, limits, requests=1, tokens=0, seat=seat, seat_ms=60_000)
        count += decision.refusal is None
        moments.append(decision.levels.at_ms)
    admitted.append(count)
threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(sum(admitted), min(moments), max(moments), flush=True)
"""


def hammer(address: tuple[str, str], limits: str, *, seconds: float) -> tuple[int, int]:
    """How many requests 4 processes of 4 threads got in together, and for how many ms of the shared clock."""
    command = [sys.executable, "-c", HAMMER, *address, "holder", limits, str(seconds)]
    started = [
        subprocess.Popen([*command, str(at)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for at in range(4)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    found = [process.communicate("go\n", timeout=60)[0].split() for process in started]
    return sum(int(count) for count, _, _ in found), max(int(row[2]) for row in found) - min(
        int(row[1]) for row in found
    )


@pytest.mark.race
def test_four_processes_admit_exactly_what_a_day_allows(address: tuple[str, str]) -> None:
    admitted, _ = hammer(address, "0,0,0,97,0", seconds=1.5)

    assert admitted == 97


@pytest.mark.race
def test_four_processes_admit_exactly_a_full_bucket_and_its_refill(address: tuple[str, str]) -> None:
    admitted, elapsed_ms = hammer(address, "240,0,0,0,0", seconds=3)

    assert admitted == 240 + 240 * elapsed_ms // 60_000


@pytest.mark.race
def test_four_processes_take_exactly_the_seats_there_are(address: tuple[str, str]) -> None:
    admitted, _ = hammer(address, "0,0,7,0,0", seconds=1)

    assert admitted == 7


def test_a_seat_is_free_again_when_it_is_left_or_its_holder_is_dead(buckets: Buckets) -> None:
    limits = KeyLimits(concurrent=1, requests_per_day=100)

    def sit(seat: str, seat_ms: int) -> str | None:
        refused = buckets.decide("k", limits, requests=1, tokens=0, seat=seat, seat_ms=seat_ms).refusal
        return None if refused is None else refused.limit

    assert sit("a", 60_000) is None
    assert sit("b", 60_000) == "concurrent"
    buckets.leave("k", "a")
    buckets.leave("k", "a")
    assert sit("c", 1) is None
    time.sleep(0.01)
    assert sit("d", 60_000) is None
    assert buckets.decide("k", KeyLimits(requests_per_day=100), requests=1, tokens=0).levels.day_requests == 4


def test_what_is_spent_afterwards_is_waited_for(buckets: Buckets) -> None:
    limits = KeyLimits(tokens_per_min=1_000, tokens_per_day=5_000)

    buckets.spend("k", limits, tokens=3_000)
    refused = buckets.decide("k", limits, requests=1, tokens=0).refusal
    buckets.spend("k", limits, tokens=-2_500)

    assert refused is not None
    assert refused.limit == "tokens_per_min"
    assert 119_000 <= refused.wait_ms <= 120_001
    assert buckets.decide("k", limits, requests=1, tokens=0).refusal is None


def test_holders_have_nothing_in_common(buckets: Buckets) -> None:
    limits = KeyLimits(requests_per_day=1)

    found = [buckets.decide(name, limits, requests=1, tokens=0).refusal for name in ("a", "b", "a")]

    assert [refused is None for refused in found] == [True, True, False]


CAPS = st.one_of(st.none(), st.integers(1, 20), st.integers(1, 10**9))
LIMITS = st.builds(KeyLimits, CAPS, CAPS, st.none(), CAPS, CAPS)
STEPS = st.lists(
    st.tuples(st.integers(0, 20_000), st.integers(0, 1), st.integers(0, 30), LIMITS), min_size=1, max_size=8
)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind == "redis"])
def test_redis_decides_as_the_domain_does(kind: str) -> None:
    shared = RedisLimits(REDIS, prefix=f"mm-{kind}-{time.time_ns()}")
    names = iter(range(10**9))

    @settings(suppress_health_check=list(HealthCheck), deadline=None)
    @given(steps=STEPS)
    def agree(steps: list[tuple[int, int, int, KeyLimits]]) -> None:
        name, now = f"n{next(names)}", 1_795_000_000_000
        levels: Levels | None = None
        for pause, requests, tokens, limits in steps:
            now += pause
            expected = decide(levels, limits, now, requests=requests, tokens=tokens)
            assert shared.decide(name, limits, requests=requests, tokens=tokens, now_ms=now) == expected
            levels = expected.levels if expected.refusal is None else levels

    agree()
    shared.close()


def test_rows_decide_as_the_domain_does(store: Store) -> None:
    rows, names = StoredLimits(store), iter(range(10**9))

    @settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=25)
    @given(steps=STEPS)
    def agree(steps: list[tuple[int, int, int, KeyLimits]]) -> None:
        name = f"n{next(names)}"
        levels: Levels | None = None
        for _, requests, tokens, limits in steps:
            found = rows.decide(name, limits, requests=requests, tokens=tokens)
            expected = decide(levels, limits, found.levels.at_ms, requests=requests, tokens=tokens)
            assert found == expected
            levels = expected.levels if expected.refusal is None else levels

    agree()


def test_buckets_and_seats_that_say_nothing_any_more_are_forgotten(store: Store) -> None:
    rows, limits = StoredLimits(store), KeyLimits(requests_per_min=5, concurrent=5)
    now_ms = rows.decide("k", limits, requests=1, tokens=0, seat="s", seat_ms=1_000).levels.at_ms

    with store.write() as tx:
        assert prune(tx, now_ms) == 0
        assert prune(tx, now_ms + 3 * DAY_MS) == 2


def test_buckets_that_are_away_say_so(tmp_path: Path) -> None:
    gone: list[Buckets] = [StoredLimits(Store(f"sqlite:///{tmp_path}/none.db"))]
    gone += [RedisLimits("redis://127.0.0.1:9/0")] if REDIS else []
    gone += [StoredLimits(Store("postgresql://nobody@127.0.0.1:9/none"))] if POSTGRESQL else []

    for away in gone:
        with pytest.raises(StoreUnavailable):
            away.decide("k", KeyLimits(requests_per_min=5), requests=1, tokens=0)
        with pytest.raises(StoreUnavailable):
            away.spend("k", KeyLimits(tokens_per_min=5), tokens=1)
        with pytest.raises(StoreUnavailable):
            away.leave("k", "s")
        away.close()

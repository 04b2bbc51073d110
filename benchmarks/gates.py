"""What stands between a request and its provider, in microseconds of CPU per call: breaker, cache, limits, budget."""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from app.db import budgets
from app.db.migrate import upgrade
from app.db.redis_limits import RedisLimits
from app.db.stored_limits import StoredLimits
from app.db.uow import Store
from app.domain.access import ApiKey
from app.domain.breaker import BreakerPolicy
from app.domain.budget import MONTHLY, THRESHOLDS, Bill, Budget
from app.domain.cached import Kept
from app.domain.fingerprint import fingerprint
from app.domain.limits import KeyLimits
from app.domain.message import Message, ModelReply, ModelRequest, Usage
from app.providers.base import Endpoint
from app.services import clock, ids
from app.services.admission import Admission
from app.services.answer_cache import AnswerCache
from app.services.answer_shelf import Shelf, StoreShelf
from app.services.balancer import Balancer
from app.services.breakers import Breakers
from app.services.catalogue import load
from app.services.ledger import Ledger, Terms
from app.services.limiter import Buckets, Limiter
from app.services.snapshots import Snapshots

SLUG = "openai/gpt-4o-mini"


def per_call_us(work: Callable[[], object], calls: int) -> float:
    """Microseconds of CPU of one call, the least of five rounds."""
    rounds = []
    for _ in range(5):
        begun = time.process_time()
        for _ in range(calls):
            work()
        rounds.append((time.process_time() - begun) / calls * 1e6)
    return min(rounds)


def balancing(store: Store, keys: int) -> Callable[[], None]:
    """Take a seat and give it back, among so many keys whose breakers are closed."""
    breakers = Breakers(store, now=clock.now, policy=BreakerPolicy(), holder="bench")
    endpoints = tuple(Endpoint("openai", None, f"k{number}", name=f"openai-{number}") for number in range(keys))
    balancer, model = Balancer({"openai": endpoints}, breakers), load(None).get(SLUG)

    def call() -> None:
        seat = balancer.take(model)
        assert seat is not None
        balancer.done(seat, outcome="ok")

    return call


def caching(shelf: Shelf | None, *, known: bool) -> Callable[[], None]:
    """Fingerprint a request of about 700 tokens and look it up."""
    cache = AnswerCache(shelf, now=clock.now, patience_s=5)
    messages = (Message("system", "Answer kindly and briefly. " * 60), Message("user", "What is the weather? " * 40))
    request = ModelRequest("gpt-4o-mini", messages, max_tokens=200, temperature=0.2, options={"verbosity": "low"})
    reply = ModelReply("Sunny. " * 50, "stop", Usage(700, output_tokens=100), "gpt-4o-mini")
    kept = Kept(reply, 1_500, SLUG, "openai", clock.now(), ids.new_id(), "team:red")
    if known:
        cache.keep(fingerprint(SLUG, request, partition="team:red"), kept, ttl_s=3_600)

    def call() -> None:
        found = cache.find(fingerprint(SLUG, request, partition="team:red"))
        assert (found is not None) == known

    return call


def limiting(store: Store, shared: Buckets | None) -> Callable[[], None]:
    """Enter with every limit there is, take a place, leave both."""
    snapshots, admission = Snapshots(store, poll_s=60), Admission(8, queue_length=0, timeout_s=1)
    limits = KeyLimits(10**9, 10**9, 100, 10**9, 10**9)
    limiter = Limiter(snapshots, now_ms=clock.now_ms, new_id=ids.new_id, shared=shared)
    key = ApiKey(ids.new_id(), "bench", "mm_", "digest", ("run",), clock.now(), limits=limits)

    def call() -> None:
        passed = limiter.enter(key)
        admission.enter()
        admission.leave()
        passed.leave()

    return call


def budgeting(store: Store) -> Callable[[], None]:
    """Hold the worst case of a call in the budget of the month, and settle what it has cost; all of it in memory."""
    moment = clock.now()
    declared = Budget(
        id=ids.new_id(),
        name=MONTHLY,
        scope="global",
        scope_value=None,
        unit="usd",
        limit=10**15,
        period="month",
        time_zone="UTC",
        action="block",
        thresholds=THRESHOLDS,
        active=True,
        source="environment",
        created_at=moment,
        updated_at=moment,
    )
    with store.write() as tx:
        budgets.add(tx, declared)
        store.bump(tx)
    ledger = Ledger(store, Snapshots(store, poll_s=60), Terms(ttl_s=3_600), now=clock.now, new_id=ids.new_id)
    bill = Bill(moment, "openai", SLUG, 350_000, 1_000, key_id=ids.new_id(), owner="ann", team="red", user_id="bob")
    ledger.settle(ledger.reserve(replace(bill, worst_cost=10**12)), cost=0, tokens=0)  # fills the purse for all calls

    def call() -> None:
        assert ledger.settle(ledger.reserve(bill), cost=1_500, tokens=100)

    return call


def show_gates(store: Store, *, calls: int) -> None:
    """Each gate that works in memory, and those together that every call passes."""
    gates = {
        "breaker and 1 key(s)": balancing(store, 1),
        "breaker and 4 key(s)": balancing(store, 4),
        "cache, hit in memory": caching(None, known=True),
        "cache, miss in memory": caching(None, known=False),
        "limits, in process": limiting(store, None),
        "budget": budgeting(store),
    }
    took_us = {name: per_call_us(gate, calls) for name, gate in gates.items()}
    for name, took in took_us.items():
        print(f"  {name:<22}{took:8.2f} us/call")
    passed = ("breaker and 1 key(s)", "limits, in process", "cache, miss in memory", "budget")
    print(f"  all gates together    {sum(took_us[name] for name in passed):8.2f} us/call")


def show_shared_limits(store: Store, *, calls: int, redis_url: str) -> None:
    """CPU of a limiter whose processes share what they count, and beside it the time it takes."""
    stored = StoredLimits(Store(store.engine.url.render_as_string(hide_password=False)))
    shared: list[tuple[str, Buckets]] = [("the store", stored)]
    shared += [("Redis", RedisLimits(redis_url, prefix="bench"))] if redis_url else []
    for name, tally in shared:
        call = limiting(store, tally)
        begun, cpu_us = time.perf_counter(), per_call_us(call, calls // 50)
        took_us = (time.perf_counter() - begun) / (calls // 50 * 5) * 1e6
        print(f"  limits, {name:<10} {cpu_us:9.0f} us/call, {took_us:.0f} us with waiting")
        tally.close()


def main() -> None:
    """Print a line per gate."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--calls", type=int, default=50_000)
    options.add_argument("--redis", default=os.environ.get("TEST_REDIS_URL", ""), help="redis://host:port/number")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder)}/store.db")
        upgrade(store.engine)
        show_gates(store, calls=given.calls)
        far = per_call_us(caching(StoreShelf(store), known=False), given.calls // 50)
        print(f"  cache, miss in the store{far:6.0f} us/call")
        show_shared_limits(store, calls=given.calls, redis_url=given.redis)
        store.close()


if __name__ == "__main__":
    main()

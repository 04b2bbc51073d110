"""What recording traffic as events costs the journal, and what telling them costs the publisher.

Batches of served requests (a session, its run, a call with texts) are committed with and without events, in turns, in
the same minute; then all events are numbered, without and with a webhook that wants each.
python -m benchmarks.events [--requests 4000]; PostgreSQL runs too when TEST_DATABASE_URL is set.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from app.db import event_numbers, webhooks
from app.db.apply import apply
from app.db.facts import CallDone, Fact, Pin, RunDone
from app.db.uow import Store
from app.domain.call import CallText
from app.domain.flow import Flow
from app.domain.webhook import Webhook
from app.services.clock import now
from app.services.ids import new_id
from app.services.publishing import publish
from tests.db import makers
from tests.stores import KINDS, make_store
from tests.worlds import opened

BATCH = 32


def request(number: int, flow: Flow) -> list[Fact]:
    """What one served request hands in."""
    session = makers.session(flow, correlation_id=f"c{number}")
    run, call = makers.run(session), makers.call(session_id=session.id)
    return [Pin(session), RunDone(run), CallDone(call, CallText(call.id, "prompt " * 30, "reply " * 30))]


def journal(store: Store, flow: Flow, requests: int) -> dict[bool, tuple[float, float]]:
    """Microseconds of CPU and of the clock that one request takes, with and without events."""
    took: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    for round_ in range(requests // BATCH):
        facts = [request(round_ * BATCH + number, flow) for number in range(BATCH)]
        tell = round_ % 2 == 0
        begun, cpu = time.perf_counter(), time.thread_time()
        with store.write() as tx:
            apply(tx, facts, tell=tell)
        took[tell].append((time.thread_time() - cpu, time.perf_counter() - begun))
    return {
        tell: (_middle([cpu for cpu, _ in many]), _middle([clock for _, clock in many])) for tell, many in took.items()
    }


def _middle(seconds: list[float]) -> float:
    """Microseconds of one request, in the middle of all batches."""
    return statistics.median(seconds) * 1e6 / BATCH


def main() -> None:
    """Prints a few lines per store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=4_000)
    wanted = parser.parse_args().requests
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as folder, make_store(kind, Path(folder)) as store:
            _, (flow,) = makers.seeded(store)
            found = journal(store, flow, wanted)
            print(
                f"{kind:10} | CPU of a request: {found[False][0]:.0f} µs without events, {found[True][0]:.0f} with;"
                f" clock {found[False][1]:.0f} and {found[True][1]:.0f}"
            )
            with opened(store, Path(folder) / "world", clock=now) as world:
                begun = time.perf_counter()
                done = publish(world)
                bare = done / (time.perf_counter() - begun)
                with store.write() as tx:
                    webhooks.add(tx, Webhook(new_id(), "http://host/", "whsec_", ("*",), True, now(), now()))
                for round_ in range(wanted // BATCH // 4):
                    with store.write() as tx:
                        apply(tx, [request(10**6 + round_ * BATCH + number, flow) for number in range(BATCH)])
                begun = time.perf_counter()
                owed = publish(world)
                told = owed / (time.perf_counter() - begun)
            with store.read() as tx:
                assert not event_numbers.any_left(tx)
            print(f"{'':10} | told {bare:.0f} events/s, {told:.0f}/s with a delivery of each")


if __name__ == "__main__":
    main()

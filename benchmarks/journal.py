"""Calls per second that the journal commits, beside a baseline of one commit per call, in the same run.

Then opinions per second that it stores and absorbs into evidence, handed in by many threads, beside runs in the same
minute; the goal is 10 000/s. `--only feedback` leaves the calls out.
python -m benchmarks.journal [--seconds 3]; PostgreSQL runs too when TEST_DATABASE_URL is set.
"""

import argparse
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from app.db.apply import apply
from app.db.facts import CallDone, Fact, FeedbackGiven, Pin, Result, RunDone
from app.db.journal import Journal
from app.db.uow import Store
from app.domain.budget import Charge
from app.domain.call import Call, CallText
from app.domain.message import Usage
from app.domain.session import Session
from app.services.clock import now
from app.services.ids import new_id
from tests.db import makers
from tests.stores import KINDS, LEFT_OUT, POSTGRESQL, make_store

THREADS = (1, 8, 32)
GOAL = 10_000  # opinions a second
WRITERS = 8
WINDOW = 128  # facts that one writer has under way at once, as the threads of many requests would
SESSIONS = 2_000


def fact(*charges: Charge) -> Fact:
    """A call as it is served, with its text."""
    call = Call(
        new_id(), now(), "served", "vendor/model", "vendor", "ok", 350, Usage(120, 0, 0, 80, 0), 1_500, "priced"
    )
    return CallDone(call, CallText(call.id, "prompt " * 30, "reply " * 30), charges)


def rate(act: Callable[[], None], *, threads: int, seconds: float) -> tuple[float, float]:
    """Acts per second over all threads, and the 99th percentile of one act in ms."""
    took: list[float] = []
    stop = time.perf_counter() + seconds

    def work() -> None:
        while (begun := time.perf_counter()) < stop:
            act()
            took.append(time.perf_counter() - begun)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    begun = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    elapsed = time.perf_counter() - begun
    return len(took) / elapsed, sorted(took)[int(len(took) * 0.99)] * 1000


def compare(store: Store, folder: Path, *, threads: int, seconds: float) -> str:
    """One line: journal, also with charges, baseline, ratio."""

    def alone() -> None:
        with store.write() as tx:
            apply(tx, [[fact()]])

    base, base_p99 = rate(alone, threads=threads, seconds=seconds)
    journal = Journal(store, folder / "spool")
    journal.start()
    ours, p99 = rate(lambda: _write(journal), threads=threads, seconds=seconds)
    figures = journal.figures()
    charge = Charge(new_id(), "", now(), 1_500, new_id())
    charged, _ = rate(lambda: _write(journal, charge), threads=threads, seconds=seconds)
    journal.close()
    group = figures.facts / max(1, figures.batches)
    return (
        f"{threads:>3} threads | journal {ours:7.0f}/s p99 {p99:6.1f} ms, {group:4.1f} calls a commit,"
        f" {charged:.0f}/s with a charge each"
        f" | one commit per call {base:6.0f}/s p99 {base_p99:6.1f} ms | x{ours / base:.1f}"
    )


def _write(journal: Journal, *charges: Charge) -> None:
    journal.write([fact(*charges)], timeout_s=30)


def absorb(store: Store, folder: Path, *, seconds: float) -> str:
    """One line: first opinions of new raters, repeats that replace, runs as the baseline, ratio."""
    owner, (flow,) = makers.seeded(store)
    epoch = makers.open_epoch(store, owner)
    pinned = [makers.session(flow, epoch_id=epoch.id, correlation_id=new_id()) for _ in range(SESSIONS)]
    with store.write() as tx:
        apply(tx, [[Pin(session) for session in pinned]])
    journal = Journal(store, folder / "spool")
    journal.start()
    runs, _ = flood(journal, pinned, lambda session: RunDone(makers.run(session)), seconds=seconds)
    new, cpu = flood(
        journal, pinned, lambda session: FeedbackGiven(makers.opinion(session, rater=new_id())), seconds=seconds
    )
    again, _ = flood(journal, pinned, lambda session: FeedbackGiven(makers.opinion(session)), seconds=seconds)
    journal.close()
    return (
        f"{WRITERS:>3} writers | feedback absorbed {new:7.0f}/s at {cpu:.0f} µs of CPU each,"
        f" replacing an earlier one {again:7.0f}/s"
        f" | runs {runs:7.0f}/s | x{new / runs:.2f} | goal {GOAL}/s {'reached' if new >= GOAL else 'MISSED'}"
    )


def flood(
    journal: Journal, pinned: list[Session], made: Callable[[Session], Fact], *, seconds: float
) -> tuple[float, float]:
    """Facts a second that are committed and answered, `WRITERS` threads with `WINDOW` facts under way each, and µs of
    CPU per fact, which says the same on a machine that is busy with others.

    Facts are made before the clock starts: making them is not the journal's work.
    """
    ready = [[made(session) for session in pinned] for _ in range(max(1, round(GOAL * 2 * seconds / len(pinned))))]
    facts = iter([fact for each in ready for fact in each])
    stop = time.perf_counter() + seconds
    done = [0] * WRITERS

    def work(number: int) -> None:
        under_way: deque[Future[list[Result]]] = deque()
        while time.perf_counter() < stop and (fact := next(facts, None)) is not None:
            under_way.append(journal.post([fact]))
            if len(under_way) >= WINDOW:
                under_way.popleft().result(60)
                done[number] += 1
        for future in under_way:
            future.result(60)
            done[number] += 1

    workers = [threading.Thread(target=work, args=(number,)) for number in range(WRITERS)]
    begun, spent = time.perf_counter(), time.process_time()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    total = sum(done)
    return total / (time.perf_counter() - begun), (time.process_time() - spent) / total * 1e6


def main() -> None:
    """Prints one line per store and number of threads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--only", choices=("calls", "feedback"))
    asked = parser.parse_args()
    seconds = asked.seconds
    for kind in KINDS:
        print(kind)
        if asked.only != "calls":
            with tempfile.TemporaryDirectory() as folder, make_store(kind, Path(folder)) as store:
                print(" ", absorb(store, Path(folder), seconds=seconds))
        for threads in THREADS if asked.only != "feedback" else ():
            with tempfile.TemporaryDirectory() as folder, make_store(kind, Path(folder)) as store:
                print(" ", compare(store, Path(folder), threads=threads, seconds=seconds))
    if not POSTGRESQL:
        print(LEFT_OUT)


if __name__ == "__main__":
    main()

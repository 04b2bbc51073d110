"""Calls per second that the journal commits, beside a baseline of one commit per call, in the same run.

python -m benchmarks.journal [--seconds 3]; PostgreSQL runs too when TEST_DATABASE_URL is set.
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from app.db.apply import apply
from app.db.facts import CallDone, Fact
from app.db.journal import Journal
from app.db.uow import Store
from app.domain.call import Call, CallText
from app.domain.message import Usage
from app.services.clock import now
from app.services.ids import new_id
from tests.stores import KINDS, LEFT_OUT, POSTGRESQL, make_store

THREADS = (1, 8, 32)


def fact() -> Fact:
    """A call as it is served, with its text."""
    call = Call(
        new_id(), now(), "served", "vendor/model", "vendor", "ok", 350, Usage(120, 0, 0, 80, 0), 1_500, "priced"
    )
    return CallDone(call, CallText(call.id, "prompt " * 30, "reply " * 30))


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
    """One line: journal, baseline, ratio."""

    def alone() -> None:
        with store.write() as tx:
            apply(tx, [[fact()]])

    base, base_p99 = rate(alone, threads=threads, seconds=seconds)
    journal = Journal(store, folder / "spool")
    journal.start()
    ours, p99 = rate(lambda: _write(journal), threads=threads, seconds=seconds)
    figures = journal.figures()
    journal.close()
    group = figures.facts / max(1, figures.batches)
    return (
        f"{threads:>3} threads | journal {ours:7.0f}/s p99 {p99:6.1f} ms, {group:4.1f} calls a commit"
        f" | one commit per call {base:6.0f}/s p99 {base_p99:6.1f} ms | x{ours / base:.1f}"
    )


def _write(journal: Journal) -> None:
    journal.write([fact()], timeout_s=30)


def main() -> None:
    """Prints one line per store and number of threads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0)
    seconds = parser.parse_args().seconds
    for kind in KINDS:
        print(kind)
        for threads in THREADS:
            with tempfile.TemporaryDirectory() as folder, make_store(kind, Path(folder)) as store:
                print(" ", compare(store, Path(folder), threads=threads, seconds=seconds))
    if not POSTGRESQL:
        print(LEFT_OUT)


if __name__ == "__main__":
    main()

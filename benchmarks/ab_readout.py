"""What A/B tests cost: reading one with a million results, enrolling a session, and counting an opinion.

A readout stands on running sums, so that one of 1 000 000 recorded results takes as long as one of 1 000; the goal is
50 ms. Enrolment is what `traffic.propose` takes with 0, 1 and 5 running tests. Counting is what an opinion of a session
in a test takes of the journal's CPU, beside the same opinion of a session in none.
Run: python -m benchmarks.ab_readout [--results 1000000]; on SQLite.
"""

import argparse
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from app.db import running_sums
from app.db.ab_counts import UNITS, Place, Value, change_of
from app.db.facts import Fact, FeedbackGiven, Pin
from app.db.journal import Journal
from app.db.tables import ab_sums, ab_units, ab_values
from app.domain.ab import slots
from app.domain.ab.design import MOST_METRICS
from app.domain.ab.metric import UNIT, metric_of
from app.domain.experiment import Experiment
from app.domain.session import Session
from app.services import experiments, traffic
from app.services.ab import enrolment, readout, tests
from app.services.ab.designs import design_of
from app.services.ab.wanted import WantedArm, WantedTest
from app.services.ids import new_id
from app.services.world import World
from benchmarks.journal import SESSIONS, flood
from tests.db import makers
from tests.services.made import CODE, make_use_case
from tests.stores import make_store
from tests.worlds import opened

GOAL_MS: Final = 50.0
FEW: Final = 1_000
AT_ONCE: Final = 20_000
READS: Final = 41
PICKS: Final = 4_000
RATING = metric_of("rating")
OTHERS = tuple(metric_of("number", name=f"number-{at}", low=0, high=10) for at in range(MOST_METRICS - 1))


def started(world: World, *, share: int, secondary: int = 0) -> Experiment:
    """A running test of both flows."""
    wanted = WantedTest(
        arms=(WantedArm("a"), WantedArm("b")),
        metric=RATING,
        mde=0.1,
        secondary=OTHERS[:secondary],
        baseline_mean=3.0,
        baseline_deviation=1.0,
        answering=1.0,
        share=share,
        auto_stop=False,
    )
    return tests.start(world, CODE, wanted)


def recorded(world: World, test: Experiment, results: int) -> None:
    """So many units with a value of each metric, as the journal would have left them."""
    design = design_of(test)
    for begin in range(0, results, AT_ONCE):
        sums: defaultdict[Place, Counter[str]] = defaultdict(Counter)
        units, values = [], []
        for number in range(begin, min(begin + AT_ONCE, results)):
            unit, worth = f"unit-{number}", number * 7 % 5 * UNIT // 4
            arm = slots.arm_of(test.id, unit, design.weights)
            units.append({"experiment_id": test.id, "unit": unit, "arm": arm, "exposed_at": world.now()})
            sums[test.id, arm, UNITS]["n"] += 1
            for metric in design.metrics:
                values.append({"experiment_id": test.id, "unit": unit, "metric": metric.name, "count": 1, "sum": worth})
                sums[test.id, arm, metric.name].update(change_of(metric, Value(), Value(1, worth), covariate=None))
        with world.store.write() as tx:
            tx.execute(ab_units.insert(), units)
            tx.execute(ab_values.insert(), values)
            running_sums.add(tx, ab_sums, sums)


def median_ms(act: Callable[[], object], times: int = READS) -> float:
    """The median of one act, after a first one."""
    act()
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        act()
        took.append((time.perf_counter() - begun) * 1000)
    return statistics.median(took)


def reading(world: World, results: int) -> bool:
    """Two lines: the same readout of few and of many results, and of many with ten metrics. Whether the goal is met."""
    few, many, wide = (started(world, share=3_000, secondary=count) for count in (0, 0, MOST_METRICS - 1))
    for test, count in ((few, FEW), (many, results), (wide, FEW)):
        recorded(world, test, count)
    (short, long), ten = _in_turn(world, few, many), median_ms(lambda: readout.readout(world, wide.id))
    found = readout.readout(world, many.id).readout
    assert sum(found.progress.collected.values()) == results
    for test in (few, many, wide):
        experiments.stop(world, test.id)
    reached = max(long, ten) <= GOAL_MS
    print(
        f"readout p50 | {FEW} results {short:.2f} ms | {results} results {long:.2f} ms | x{long / short:.2f}"
        f" | {MOST_METRICS} metrics {ten:.2f} ms | goal {GOAL_MS:.0f} ms {'reached' if reached else 'MISSED'}"
    )
    return reached


def _in_turn(world: World, few: Experiment, many: Experiment) -> tuple[float, float]:
    """Medians of both, each read after the other, in the same minute of the machine."""
    took: dict[str, list[float]] = {few.id: [], many.id: []}
    for _ in range(READS):
        for test_id, each in took.items():
            begun = time.perf_counter()
            readout.readout(world, test_id)
            each.append((time.perf_counter() - begun) * 1000)
    return statistics.median(took[few.id]), statistics.median(took[many.id])


def enrolling(world: World) -> None:
    """One line: µs of CPU of a new session's proposal beside 0, 1 and 5 running tests."""
    use_case = traffic.active_use_case(world, CODE)
    told = []
    running: list[Experiment] = []
    for wanted in (0, 1, 5):
        while len(running) < wanted:
            running.append(started(world, share=2_000))
        traffic.propose(world, use_case, "first", user_id=None)
        begun = time.process_time()
        for number in range(PICKS):
            traffic.propose(world, use_case, f"{wanted}-{number}", user_id=None)
        told.append(f"{wanted} tests {(time.process_time() - begun) / PICKS * 1e6:.0f} µs")
    for test in running:
        experiments.stop(world, test.id)
    print(f"enrolment, CPU of a new session | {' | '.join(told)}")


def counting(world: World, folder: Path, seconds: float) -> None:
    """One line: opinions a second that count in a test, and that count in none; each session is a unit of its own."""
    use_case = traffic.active_use_case(world, CODE)
    test = started(world, share=10_000)
    sessions = [traffic.propose(world, use_case, new_id(), user_id=None) for _ in range(SESSIONS)]
    parts = {session.id: enrolment.counting_of(test, session) for session in sessions}
    world.journal.write([Pin(session, parts[session.id]) for session in sessions], timeout_s=60)
    journal = Journal(world.store, folder / "counting")
    journal.start()

    def opinion(session: Session, *, counts: bool) -> Fact:
        said = makers.opinion(session, rater=new_id(), at=world.now())
        return FeedbackGiven(replace(said, reward=0.5, counted=0.5), parts[session.id] if counts else None)

    none, none_cpu = flood(journal, sessions, lambda session: opinion(session, counts=False), seconds=seconds)
    tested, cpu = flood(journal, sessions, lambda session: opinion(session, counts=True), seconds=seconds)
    journal.close()
    experiments.stop(world, test.id)
    print(
        f"opinions absorbed | in no test {none:.0f}/s, {none_cpu:.0f} µs of CPU each"
        f" | in a test {tested:.0f}/s, {cpu:.0f} µs | x{tested / none:.2f}"
    )


def main() -> None:
    """Prints three lines; ends with 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=3.0)
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        make_store("sqlite", Path(folder)) as store,
        opened(store, Path(folder), new_id=new_id) as world,
    ):
        make_use_case(world, weights={"a": 10_000, "b": 0})
        enrolling(world)
        counting(world, Path(folder), asked.seconds)
        reached = reading(world, asked.results)
    if not reached:
        raise SystemExit(1)


if __name__ == "__main__":
    main()

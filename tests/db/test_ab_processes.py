"""Processes that count the same units at once, while their past is looked up, agree with a recount of every row."""

import base64
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from app.db import ab_sums
from app.db.apply import apply
from app.db.tables import feedback, runs, sessions
from app.db.uow import Store
from tests.db.tested import RATING, REVENUE, AbTest, recounted, running, stored

pytestmark = pytest.mark.slow

PROCESSES = 3
UNITS = 6
SHARED = 40
ROUNDS = 30
COMMON = """
import base64, pickle, random, sys, threading
from sqlalchemy import event
from app.db import ab_sums
from app.db.journal import Journal
from app.db.uow import Store
store = Store(sys.argv[1])
test, shared = pickle.loads(base64.b64decode(sys.argv[3]))
faults = []
event.listen(store.engine, "handle_error", lambda context: faults.append(str(context.original_exception)))
"""
WRITE = (
    COMMON
    + """
journal = Journal(store, sys.argv[2])
journal.start()
own, rounds = int(sys.argv[4]), int(sys.argv[5])
failed = []
def work(thread):
    chance = random.Random(10 * own + thread)
    try:
        for number in range(rounds):
            chance.shuffle(shared)
            mine = test.session(chance.randrange(2 * len(set(s.unit for s in shared))), f"{own}-{thread}-{number}")
            journal.write([test.pin(mine)], timeout_s=60)
            facts = [test.rating(session, chance.randint(1, 5)) for session in shared[:8]]
            facts += [test.revenue(shared[0], chance.randint(-9, 99), str(chance.randint(0, 3)))]
            facts += [*test.ran(mine, failed=chance.random() < 0.5), test.rating(mine, chance.randint(1, 5))]
            for future in [journal.post([fact]) for fact in facts[:-3]] + [journal.post(facts[-3:])]:
                future.result(60)
    except Exception as error:
        failed.append(repr(error))
sys.stdin.readline()
threads = [threading.Thread(target=work, args=(thread,)) for thread in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
figures = journal.figures()
journal.close()
print(len(failed), figures.spooled, sum("deadlock" in fault for fault in faults), *failed)
"""
)
LEARN = (
    COMMON
    + """
sys.stdin.readline()
known = 0
for _ in range(int(sys.argv[4])):
    with store.read() as tx:
        units = ab_sums.not_looked_at(tx, test.id, limit=3)
    with store.write() as tx:
        known += ab_sums.learn(tx, test.id, test.metrics[0], {unit: 1000 * len(unit) for unit in units})
print(0, 0, sum("deadlock" in fault for fault in faults))
"""
)


def test_processes_that_count_the_same_units_agree_with_a_recount(store: Store, tmp_path: Path) -> None:
    test = running(store)
    shared = [test.session(unit % UNITS, unit) for unit in range(SHARED)]
    with store.write() as tx:
        apply(tx, [[test.pin(session)] for session in shared])
    told = base64.b64encode(pickle.dumps((test, shared))).decode()
    working = [_python(WRITE, store, tmp_path, told, str(own), str(ROUNDS)) for own in range(PROCESSES)]
    working += [_python(LEARN, store, tmp_path, told, "100") for _ in range(2)]

    for process in working:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    ended = [process.communicate(timeout=110)[0].strip() for process in working]

    assert ended == ["0 0 0"] * len(working)
    _settle(store, test)
    found = stored(store, test)
    assert found == recounted(store, test)
    assert sum(one.units for one in found.values()) == 2 * UNITS
    assert {arm: one.metrics["rating"].n for arm, one in found.items()} == {"a": UNITS, "b": UNITS}
    assert _of_rows(store, test) == {
        name: sum(one.metrics[name].total for one in found.values()) for name in ("rating", "revenue", "failures")
    }


def _settle(store: Store, test: AbTest) -> None:
    """What nobody has looked up yet is looked up."""
    with store.write() as tx:
        units = ab_sums.not_looked_at(tx, test.id, limit=1_000)
        ab_sums.learn(tx, test.id, RATING, dict.fromkeys(units, 5_000))


def _of_rows(store: Store, test: AbTest) -> dict[str, int]:
    """Σ of every unit's value, from raw opinions and runs as they stand."""
    facts: dict[tuple[str, str], list[int]] = {}
    with store.read() as tx:
        unit = {row.id: row.unit for row in tx.execute(sessions.select())}
        for row in tx.execute(feedback.select()):
            for metric in (RATING, REVENUE):
                amount = metric.amount_of_opinion(row.kind, name=row.metric, value=row.value, reward=row.reward)
                if amount is not None:
                    facts.setdefault((metric.name, unit[row.session_id]), []).append(amount)
        for row in tx.execute(runs.select()):
            facts.setdefault(("failures", unit[row.session_id]), []).append(1_000_000 * (row.status == "failed"))
    found = dict.fromkeys((metric.name for metric in test.metrics), 0)
    for (name, _), amounts in facts.items():
        metric = next(metric for metric in test.metrics if metric.name == name)
        found[name] += metric.value(count=len(amounts), total=sum(amounts)) or 0
    return found


def _python(program: str, store: Store, folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    url = store.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", program, url, str(folder / "spool"), *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

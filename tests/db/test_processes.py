"""Promises P1 and P2 hold over real processes, also when one is killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.db import calls, sessions
from app.db.journal import Journal
from app.db.uow import Store
from tests.db import makers

pytestmark = pytest.mark.slow

WRITE = """
import sys, threading
from app.db.facts import CallDone
from app.db.journal import Journal
from app.db.uow import Store
from tests.db import makers
journal = Journal(Store(sys.argv[1]), sys.argv[2])
journal.start()
def work():
    while True:
        call = makers.call()
        journal.write([CallDone(call)], timeout_s=20)
        sys.stdout.write(call.id + "\\n")
        sys.stdout.flush()
for _ in range(4):
    threading.Thread(target=work).start()
"""

PIN = """
import sys
from app.db import flows
from app.db.journal import Journal
from app.db.uow import Store
from tests.db import makers
store = Store(sys.argv[1])
journal = Journal(store, sys.argv[2])
journal.start()
with store.read() as tx:
    flow = flows.get(tx, sys.argv[3])
sys.stdin.readline()
for number in range(20):
    stored = journal.pin(makers.session(flow, correlation_id=f"visitor-{number}"), timeout_s=20)
    print(stored.id, flush=True)
journal.close()
"""


def test_a_killed_process_loses_no_acknowledged_call(store: Store, tmp_path: Path) -> None:
    writer = _python(WRITE, store, tmp_path)
    assert writer.stdout is not None
    acknowledged = [writer.stdout.readline().strip() for _ in range(40)]

    os.kill(writer.pid, signal.SIGKILL)

    rest = writer.communicate(timeout=20)[0].split("\n")
    acknowledged += [line for line in rest if len(line) == 36]
    journal = Journal(store, tmp_path / "spool")
    journal.start()
    journal.close()
    with store.read() as tx:
        for call_id in acknowledged:
            assert calls.get(tx, call_id).id == call_id


def test_processes_that_pin_the_same_visitors_agree_on_every_session(store: Store, tmp_path: Path) -> None:
    owner, made = makers.seeded(store, flow_count=3)
    pinners = [_python(PIN, store, tmp_path, flow.id) for flow in made]

    for pinner in pinners:
        assert pinner.stdin is not None
        pinner.stdin.write("go\n")
        pinner.stdin.flush()
    answers = [pinner.communicate(timeout=60)[0].split() for pinner in pinners]

    assert [len(answer) for answer in answers] == [20, 20, 20]
    assert answers[0] == answers[1] == answers[2]
    with store.read() as tx:
        assert all(sessions.get(tx, owner.id, f"visitor-{n}", makers.NOW) is not None for n in range(20))


def _python(program: str, store: Store, folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    url = store.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", program, url, str(folder / "spool"), *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

"""With several workers, whoever is asked for figures answers for all, also for one that was killed."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.faults.served import Served
from tests.waiting import until

pytestmark = pytest.mark.slow

FACTS = "model_match_journal_facts"
CALLS = 40


def read(server: Served, name: str) -> float:
    """The sum of one family, asked over a new connection."""
    with server.client() as client:
        status, answer = client.send("GET", "/metrics")
    assert status == 200
    families = text_string_to_metric_families(answer.decode())
    return sum(sample.value for family in families if family.name == name for sample in family.samples)


def workers(server: Served) -> list[int]:
    """The processes that answer: the supervisor's children, of which one more keeps track of their semaphores."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            ours = server.process is not None and parent == server.process.pid
            if ours and b"resource_tracker" not in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


def test_two_workers_give_the_sum_also_when_one_was_killed(tmp_path: Path) -> None:
    with Served(f"sqlite:///{tmp_path}/store.db", tmp_path, workers=2) as server:
        files = tmp_path / "var" / "figures"
        until(lambda: len(list(files.glob("*.json"))) >= 2)
        before = read(server, FACTS)
        for _ in range(CALLS):
            with server.client() as client:
                client.post("/generate", {"model": "simulated/small", "prompt": "Say something."})
        until(lambda: read(server, FACTS) >= before + CALLS)
        seen = read(server, FACTS)
        assert seen == before + CALLS
        assert [read(server, FACTS) for _ in range(8)] == [seen] * 8

        victim = workers(server)[0]
        os.kill(victim, signal.SIGKILL)
        until(lambda: victim not in workers(server) and len(workers(server)) == 2)
        assert [read(server, FACTS) for _ in range(4)] == [seen] * 4

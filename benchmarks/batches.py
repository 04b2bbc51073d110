"""A batch of ten thousand lines: lines a second beside the same lines asked one by one over HTTP, and memory.

One server on its own process and store; the simulated model answers at once. First as many threads as the batch's
concurrency ask line by line, then the file is uploaded and the batch runs; after it the answers are fetched. Memory is
that of the server's processes, before the upload and at its most until the answers are read.

Run: PYTHONPATH=. python benchmarks/batches.py [--lines 10000] [--concurrency 8] [--url postgresql+psycopg://…]
"""

import argparse
import itertools
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[1]
KEY = "a-key-for-the-benchmark"
HEADERS = {"Authorization": f"Bearer {KEY}"}
JSONL = {**HEADERS, "Content-Type": "application/jsonl"}
GOAL_MB = 50.0
CHAT = "/v1/chat/completions"


def body(number: int) -> dict[str, object]:
    """What one line asks: half a kilobyte, and sixteen words at most."""
    text = f"question {number} " + "word " * 100
    return {"model": "simulated/small", "messages": [{"role": "user", "content": text}], "max_tokens": 16}


@contextmanager
def serving(folder: Path, database_url: str | None) -> Iterator[tuple[str, int]]:
    """The address of our server, and the id of its process group."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {
        "DATABASE_URL": database_url or f"sqlite:///{folder}/store.db",
        "SPOOL_DIR": f"{folder}/spool",
        "SNAPSHOT_FILE": f"{folder}/snapshot.json",
        "ADMIN_KEY": KEY,
        "PORT": str(port),
        "LOG_LEVEL": "warning",
    }
    command = [sys.executable, str(ROOT / "run.py"), "serve"]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **own}, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        while True:
            try:
                if requests.get(f"{address}/health/ready", timeout=5).ok:
                    break
            except requests.ConnectionError:
                time.sleep(0.1)
        yield address, process.pid
    finally:
        os.killpg(process.pid, 15)
        process.wait(30)


def memory_mb(group: int) -> float:
    """Resident memory of all processes of the group."""
    pages = 0
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split() if entry.name.isdigit() else []
        except OSError:
            continue
        if fields and int(fields[2]) == group:
            pages += int(fields[21])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


class Peak:
    """The most memory since it was begun, looked at twenty times a second."""

    def __init__(self, group: int) -> None:
        self._group = group
        self._over = threading.Event()
        self.before = self.most = memory_mb(group)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> float:
        """Megabytes that were added."""
        self._over.set()
        self._thread.join()
        return self.most - self.before

    def _run(self) -> None:
        while not self._over.wait(0.05):
            self.most = max(self.most, memory_mb(self._group))


def one_by_one(address: str, lines: int, threads: int) -> float:
    """Lines a second when each is a request of its own, on kept connections."""
    own = threading.local()

    def ask(number: int) -> None:
        if not hasattr(own, "session"):
            own.session = requests.Session()
        own.session.post(f"{address}{CHAT}", json=body(number), headers=HEADERS, timeout=60).raise_for_status()

    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(ask, range(lines)):
            pass
    return lines / (time.perf_counter() - began)


def as_batch(address: str, lines: int, concurrency: int) -> tuple[float, float, float]:
    """Lines a second of the upload, of the run, and of reading the answers."""
    made = "\n".join(
        json.dumps({"custom_id": f"line-{n}", "method": "POST", "url": CHAT, "body": body(n)}) for n in range(lines)
    )
    began = time.perf_counter()
    query = {"concurrency": str(concurrency)}
    told = requests.post(f"{address}/api/v1/batches", params=query, data=made.encode(), headers=JSONL, timeout=600)
    told.raise_for_status()
    taken = time.perf_counter()
    path = f"{address}/api/v1/batches/{told.json()['id']}"
    while (now := requests.get(path, headers=HEADERS, timeout=60).json())["status"] in ("queued", "running"):
        time.sleep(0.2)
    ended = time.perf_counter()
    if (now["status"], now["answered"], now["failed"]) != ("succeeded", lines, 0):
        raise SystemExit(f"the batch did not end well: {now}")
    with requests.get(f"{path}/answers", headers=HEADERS, stream=True, timeout=600) as response:
        read = sum(1 for _ in response.iter_lines())
    if read != lines:
        raise SystemExit(f"{read} answers were read")
    return lines / (taken - began), lines / (ended - taken), lines / (time.perf_counter() - ended)


def main() -> None:
    """Both ways in turn, and what the server's memory did."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--url")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), given.url) as (address, group):
        one_by_one(address, 200, given.concurrency)  # warm
        for turn in itertools.islice(itertools.count(1), given.rounds):
            single = one_by_one(address, given.lines, given.concurrency)
            peak = Peak(group)
            upload, run, read = as_batch(address, given.lines, given.concurrency)
            grown = peak.end()
            print(f"round {turn}: {given.lines} lines, {given.concurrency} at once")
            print(f"  one by one over HTTP   {single:8.0f} lines/s")
            print(f"  batch, asked           {run:8.0f} lines/s  ({run / single:.2f} times)")
            print(f"  upload                 {upload:8.0f} lines/s")
            print(f"  answers read           {read:8.0f} lines/s")
            print(f"  memory                 {grown:8.1f} MB more at most (goal: {GOAL_MB:.0f})")


if __name__ == "__main__":
    main()

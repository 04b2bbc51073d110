"""The rig: our server and a fake upstream as real processes on loopback, and what they cost in CPU and memory."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `pid` leads its process group."""

    base_url: str
    key: str
    pid: int

    def processes(self) -> list[int]:
        """Ids of all its processes."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and _group(int(entry.name)) == self.pid:
                found.append(int(entry.name))
        return found

    def cpu_s(self) -> float:
        """CPU seconds used so far, user and system, over all its processes."""
        return sum(_stat(pid, 13) + _stat(pid, 14) for pid in self.processes()) / TICKS_PER_S

    def memory_mb(self) -> float:
        """Resident memory over all its processes; pages they share count in each."""
        return sum(_stat(pid, 23) for pid in self.processes()) * os.sysconf("SC_PAGESIZE") / 1e6


@contextmanager
def upstream(*, delay_ms: float = 0, pieces: int = 50, gap_ms: float = 0) -> Iterator[str]:
    """The base URL, ending in /v1, of a fake upstream."""
    port = free_port()
    command = [sys.executable, str(ROOT / "benchmarks" / "upstream.py"), "--port", str(port)]
    command += ["--delay-ms", str(delay_ms), "--pieces", str(pieces), "--gap-ms", str(gap_ms)]
    with _process(command, dict(os.environ)):
        _await_port(port)
        yield f"http://127.0.0.1:{port}/v1"


@contextmanager
def serving(upstream_url: str, *, workers: int = 1, database_url: str | None = None, **more: str) -> Iterator[Server]:
    """Our server on an empty store, its model `local/smollm2-135m` answered by the upstream; logging of calls is on."""
    port, key = free_port(), secrets.token_urlsafe(32)
    with tempfile.TemporaryDirectory() as folder:
        variables = {
            **os.environ,
            "DATABASE_URL": database_url or f"sqlite:///{folder}/bench.db",
            "SPOOL_DIR": f"{folder}/spool",
            "SNAPSHOT_FILE": f"{folder}/snapshot.json",
            "PORT": str(port),
            "WORKERS": str(workers),
            "ADMIN_KEY": key,
            "LOCAL_MODEL_URL": upstream_url,
            "LOG_LEVEL": "warning",
            **more,
        }
        with _process([sys.executable, str(ROOT / "run.py"), "serve"], variables) as pid:
            base_url = f"http://127.0.0.1:{port}"
            _await_ready(base_url)
            yield Server(base_url, key, pid)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _process(command: list[str], variables: dict[str, str]) -> Iterator[int]:
    process = subprocess.Popen(command, env=variables, stderr=subprocess.DEVNULL, start_new_session=True, cwd=ROOT)
    try:
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _await_port(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port}")


def _await_ready(base_url: str) -> None:
    for _ in range(400):
        try:
            with urllib.request.urlopen(f"{base_url}/health/ready", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise SystemExit("the server did not start")


def _stat(pid: int, field: int) -> int:
    """Field of /proc/<pid>/stat, counted from 0 as in proc(5); 0 for a process that has gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    return int(text[text.rindex(")") + 2 :].split()[field - 2])


def _group(pid: int) -> int:
    return _stat(pid, 4)

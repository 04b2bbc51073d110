"""The demo talks to a real server: `run.py serve` in a process of its own, on a free port, with a store of its own."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import requests

ROOT = Path(__file__).resolve().parents[2]
LAST_LINES = 5
READY_S = 30.0
STOP_S = 2.0
CALL_TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class DemoServer:
    """Where the server listens, the key that opens it, and where it writes its log while it runs."""

    base_url: str
    key: str
    log: Path


@contextmanager
def serving(settings: Mapping[str, str], *, port: int) -> Iterator[DemoServer]:
    """A running server on an empty store, gone with the block; port 0 takes a free one.

    Two demos at once do not see each other. Raises ClickException when the server does not start.
    """
    with (
        tempfile.TemporaryDirectory(prefix="model-match-demo-") as folder,
        _started(settings, Path(folder), port) as at,
    ):
        yield at


@contextmanager
def _started(settings: Mapping[str, str], folder: Path, port: int) -> Iterator[DemoServer]:
    chosen = port or _free_port()
    server = DemoServer(f"http://127.0.0.1:{chosen}", secrets.token_urlsafe(32), folder / "server.log")
    variables = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{folder / 'demo.db'}",
        "SPOOL_DIR": str(folder / "spool"),
        "SNAPSHOT_FILE": str(folder / "snapshot.json"),
        "HOST": "127.0.0.1",
        "PORT": str(chosen),
        "WORKERS": "1",
        "ADMIN_KEY": server.key,
        "TICK": "on",
        "TICK_INTERVAL_S": "1",
        "CALL_TIMEOUT_S": str(CALL_TIMEOUT_S),
        **settings,
    }
    with server.log.open("w") as log:
        command = [sys.executable, str(ROOT / "run.py"), "serve"]
        process = subprocess.Popen(command, env=variables, stdout=log, stderr=log, start_new_session=True)
        try:
            _await_ready(process, server)
            yield server
        finally:
            _stop(process)


def _await_ready(process: subprocess.Popen[bytes], server: DemoServer) -> None:
    until = time.monotonic() + READY_S
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(requests.ConnectionError):
            if requests.get(f"{server.base_url}/health/ready", timeout=2).ok:
                return
        time.sleep(0.1)
    said = "\n".join(server.log.read_text().splitlines()[-LAST_LINES:])
    raise click.ClickException(f"the server did not start:\n{said}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

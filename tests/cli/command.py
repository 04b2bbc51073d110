"""Commands are run as a person runs them: in a process of their own, on a store of their own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
READY_S = 90.0
PATIENCE_S = 60.0  # for one answer, and for a process that ends


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Variables of a command whose store lies in the folder; no key of the machine reaches it."""
    own = {name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_BASE_URL"))}
    places = {"SPOOL_DIR": f"{folder}/spool", "SNAPSHOT_FILE": f"{folder}/snapshot.json"}
    return {**own, "DATABASE_URL": f"sqlite:///{folder}/store.db", **places, **more}


def run(*words: str, variables: Mapping[str, str], timeout_s: float = 100) -> "subprocess.CompletedProcess[str]":
    """`python run.py <words>` to its end."""
    command = [sys.executable, str(ROOT / "run.py"), *words]
    return subprocess.run(
        command, env=dict(variables), cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False
    )


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_ready(base_url: str, process: "subprocess.Popen[bytes]") -> None:
    """Wait until the server says it is ready. Fails the test when the process ends before, or never becomes ready."""
    until = time.monotonic() + READY_S
    while time.monotonic() < until and process.poll() is None:
        try:
            if requests.get(f"{base_url}/health/ready", timeout=PATIENCE_S).ok:
                return
        except (requests.ConnectionError, requests.Timeout):
            pass  # nobody listens yet, or the machine is busy
        time.sleep(0.1)
    pytest.fail(f"the server did not become ready; it ended with {process.poll()}")

"""Commands are run as a person runs them: in a process of their own, on a store of their own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[2]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Variables of a command whose store lies in the folder; no key of the machine reaches it."""
    own = {name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_BASE_URL"))}
    return {**own, "DATABASE_URL": f"sqlite:///{folder}/store.db", "SPOOL_DIR": str(folder / "spool"), **more}


def run(*words: str, variables: Mapping[str, str], timeout_s: float = 60) -> "subprocess.CompletedProcess[str]":
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


def await_ready(base_url: str) -> None:
    """Wait until the server says it is ready; at most half a minute, after which the test's own request fails."""
    for _ in range(300):
        try:
            if requests.get(f"{base_url}/health/ready", timeout=2).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)

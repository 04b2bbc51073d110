"""The `serve` command before and while it listens."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.cli.command import PATIENCE_S, ROOT, await_ready, environment, free_port, run


@contextmanager
def served(variables: Mapping[str, str], log: Path) -> Iterator[str]:
    base_url = f"http://127.0.0.1:{variables['PORT']}"
    with log.open("w") as said:
        command = [sys.executable, str(ROOT / "run.py"), "serve"]
        process = subprocess.Popen(command, env=dict(variables), cwd=ROOT, stderr=said, start_new_session=True)
    try:
        await_ready(base_url, process)
        yield base_url
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.mark.slow
def test_the_first_start_prints_a_key_that_opens_the_door_and_the_second_start_none(tmp_path: Path) -> None:
    variables = environment(tmp_path, PORT=str(free_port()))

    with served(variables, tmp_path / "first.log") as base_url:
        found = re.search(r"mm_\S+", (tmp_path / "first.log").read_text())
        assert found is not None
        opened = requests.get(f"{base_url}/api/v1/models", headers={"X-Api-Key": found[0]}, timeout=PATIENCE_S)
        closed = requests.get(f"{base_url}/api/v1/models", timeout=PATIENCE_S)
    with served(variables, tmp_path / "second.log") as base_url:
        again = requests.get(f"{base_url}/api/v1/models", headers={"X-Api-Key": found[0]}, timeout=PATIENCE_S)

    assert (opened.status_code, closed.status_code, again.status_code) == (200, 401, 200)
    assert "mm_" not in (tmp_path / "second.log").read_text()


def test_a_start_for_all_the_world_without_any_key_is_refused(tmp_path: Path) -> None:
    refused = run("serve", variables=environment(tmp_path, HOST="0.0.0.0", PORT=str(free_port())))

    assert refused.returncode == 1
    assert "no key exists yet" in refused.stderr


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "many"), ("ADMIN_KEY", "short"), ("UNPRICED", "maybe"), ("DATABASE_URL", "mysql://x")]
)
def test_a_wrong_setting_stops_the_start_and_is_named(tmp_path: Path, name: str, value: str) -> None:
    refused = run("serve", variables=environment(tmp_path, **{name: value}))

    assert refused.returncode == 1
    assert name in refused.stderr
    assert "short" not in refused.stderr


def test_a_port_that_is_taken_is_noticed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        refused = run("serve", variables=environment(tmp_path, PORT=str(port)))

    assert refused.returncode == 1
    assert f"PORT={port}" in refused.stderr
    assert "mm_" not in refused.stderr

"""Other WSGI servers find the application at `run:app`."""

import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.cli.command import PATIENCE_S, ROOT, await_ready, environment, free_port


@pytest.mark.slow
def test_gunicorn_serves_the_application_and_drains_on_sigterm(tmp_path: Path) -> None:
    port = free_port()
    key = "a-key-for-this-test-alone"
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    command += ["--threads", "8", "run:app"]
    log = (tmp_path / "gunicorn.log").open("w")
    process = subprocess.Popen(command, env=environment(tmp_path, ADMIN_KEY=key), cwd=ROOT, stdout=log, stderr=log)
    url, headers = f"http://127.0.0.1:{port}", {"X-Api-Key": key}
    try:
        await_ready(url, process)
        body = {"model": "simulated/small", "prompt": "hello"}

        answered = requests.post(f"{url}/api/v1/generate", json=body, headers=headers, timeout=PATIENCE_S)
        logged = requests.get(f"{url}/api/v1/calls", headers=headers, timeout=PATIENCE_S)
    finally:
        process.terminate()
        code = process.wait(PATIENCE_S)
        log.close()

    assert answered.status_code == 200
    assert [call["id"] for call in logged.json()["items"]] == [answered.json()["calls"][0]["id"]]
    assert code == 0

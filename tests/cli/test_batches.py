"""Batches at the command line: a file is submitted to a server, followed, fetched and stopped."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from werkzeug.serving import make_server

from app.api.routes import register
from app.cli.main import main
from app.wiring import close_world, open_world
from config import Settings
from tests.cli.command import environment
from tests.services.jobs.working import working

KEY = "a-key-that-opens-every-door"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a server with a worker."""
    chosen = environment(tmp_path)
    settings = {name: chosen[name] for name in ("DATABASE_URL", "SPOOL_DIR", "SNAPSHOT_FILE")}
    world = open_world(Settings.load({**settings, "ADMIN_KEY": KEY}))
    serving = make_server("127.0.0.1", 0, register(world, max_body_bytes=100_000), threaded=True)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    with working(world):
        yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()
    close_world(world)


def batches(server: str, *words: str, key: str = KEY) -> Result:
    """`batches <words>` at that server."""
    return CliRunner().invoke(main, ["batches", *words, "--url", server, "--key", key])


def a_file(folder: Path, *more: str, latency_ms: int = 0) -> Path:
    """Five lines, and what else is given."""
    line = {"model": "simulated/small", "prompt": "a word", "max_tokens": 4, "options": {"latency_ms": latency_ms}}
    path = folder / "lines.jsonl"
    path.write_text("\n".join([json.dumps({"custom_id": f"line-{n}", **line}) for n in range(5)] + list(more)))
    return path


def test_a_file_is_submitted_followed_and_fetched(server: str, tmp_path: Path) -> None:
    done = batches(server, "submit", str(a_file(tmp_path)), "--concurrency", "2", "--tags", "a=b", "--follow")

    assert done.exit_code == 0, done.output
    batch_id = done.output.split()[0]
    assert "succeeded  5 of 5 lines, 0 failed" in done.output
    fetched = batches(server, "answers", batch_id, "-o", str(tmp_path / "answers.jsonl"))
    assert fetched.exit_code == 0, fetched.output
    found = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text().splitlines()]
    assert {each["custom_id"] for each in found} == {f"line-{n}" for n in range(5)}
    assert batch_id in batches(server, "list", "--status", "succeeded").output
    assert json.loads(batches(server, "show", batch_id, "--json").output)["tags"] == {"a": "b"}
    assert batches(server, "answers", batch_id, "--errors").output == ""


def test_broken_lines_are_told_or_left_out(server: str, tmp_path: Path) -> None:
    path = str(a_file(tmp_path, "no", '{"custom_id": "x"}'))

    refused = batches(server, "submit", path)
    taken = batches(server, "submit", path, "--on-bad-line", "skip", "--follow")

    assert refused.exit_code == 1
    assert "line 6: line: the line is not JSON" in refused.output
    assert "lines[7].messages" in refused.output
    assert taken.exit_code == 0
    assert "left out line 7: messages" in taken.output


def test_what_is_cancelled_ends_with_an_error(server: str, tmp_path: Path) -> None:
    made = batches(server, "submit", str(a_file(tmp_path, latency_ms=20_000)))
    batch_id = made.output.split()[0]

    cancelled = batches(server, "cancel", batch_id)
    followed = batches(server, "show", batch_id, "--follow")

    assert "cancelled" in cancelled.output
    assert followed.exit_code == 1
    assert batches(server, "cancel", batch_id).output == "Error: the batch has ended\n"
    assert "batch-cancelled" in batches(server, "answers", batch_id, "--errors").output


def test_a_wrong_key_and_a_server_that_is_not_there_are_told(server: str) -> None:
    assert "key" in batches(server, "list", key="wrong" * 10).output
    assert "gave no answer" in batches("http://127.0.0.1:9", "list").output

"""What README.md tells a stranger to type works, in the order it is told, against a real server."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click
import pytest

from app.cli.main import main
from tests.cli.command import await_ready
from tests.house.tree import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(bash|python) run\n(.*?)^```$", README, re.M | re.S)
ADDRESS = "127.0.0.1:8080"
KEY = "an-admin-key-of-your-own"


def commands(group: click.Group, before: str = "python run.py") -> Iterator[tuple[str, click.Command]]:
    """Every command with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        words = f"{before} {name}"
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield words, command
        if isinstance(command, click.Group):
            yield from commands(command, words)


COMMANDS = dict(commands(main))


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a server of its own, started as the README says."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    address = f"127.0.0.1:{port}"
    places = {"SPOOL_DIR": f"{folder}/spool", "SNAPSHOT_FILE": f"{folder}/snapshot.json"}
    given = {"PORT": str(port), "DATABASE_URL": f"sqlite:///{folder}/store.db", **places}
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            [sys.executable, "run.py", "serve"],
            cwd=ROOT,
            env={**inherited, **given, "ADMIN_KEY": KEY},
            stdout=log,
            stderr=log,
        ) as process,
    ):
        try:
            await_ready(f"http://{address}", process)
            yield address
        finally:
            process.terminate()


def script(address: str) -> str:
    """All blocks marked `run`, as one shell script."""
    lines = ["set -euo pipefail"]
    for language, block in BLOCKS:
        lines.append(f"{sys.executable} - <<'BLOCK'\n{block}BLOCK" if language == "python" else block)
    return "\n".join(lines).replace(ADDRESS, address)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_block_marked_run_does_run(tmp_path: Path) -> None:
    """wire.md B15: what the README says is what the code does."""
    with served(tmp_path) as address:
        done = subprocess.run(
            ["bash", "-c", script(address)], capture_output=True, text=True, cwd=tmp_path, timeout=200, check=False
        )
        said = done.stdout.splitlines()

    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert len(BLOCKS) >= 7
    assert '"finish_reason":"stop"' in said[0]
    assert any(line.startswith("event: ") for line in said), "the stream"
    assert any('"policy":"progressive"' in line for line in said), "the experiment"
    assert any('"before":' in line and '"reason":' in line for line in said), "the moves"


def test_the_server_is_started_with_the_key_that_the_blocks_use() -> None:
    assert f"ADMIN_KEY={KEY} make run" in README


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_explains_itself_and_stands_in_the_readme(words: str) -> None:
    command = COMMANDS[words]

    assert f"| `{words}` |" in README
    assert (command.help or "").strip().endswith((".", "!"))
    assert command.get_short_help_str()


def test_the_readme_names_no_command_that_does_not_exist() -> None:
    named = re.findall(r"^\| `(python run\.py [^`]+)` \|", README, re.M)

    assert named
    assert sorted(set(named) - set(COMMANDS)) == []


def test_every_make_target_is_named_and_every_named_target_exists() -> None:
    explained = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    named = set(re.findall(r"`make ([a-z-]+)|^make ([a-z-]+)", README, re.M))

    assert {name for pair in named for name in pair if name} == explained - {"help"}


def test_every_link_to_a_file_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_it_says_early_that_both_are_experiments() -> None:
    assert "\nA/B tests and rollouts are both experiments.\n" in README[:1_500]

"""Flows are read, told apart, promoted, rolled back and previewed at the command line."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.main import main
from app.services import flows
from app.services.flows import FlowEdit
from app.services.world import World
from app.wiring import close_world, open_world
from config import Settings
from tests.cli.command import environment, run
from tests.services.made import CODE, make_step, make_use_case


def opened(variables: dict[str, str]) -> World:
    """The world of the command."""
    return open_world(Settings.load({name: variables[name] for name in ("DATABASE_URL", "SPOOL_DIR", "SNAPSHOT_FILE")}))


@pytest.fixture
def variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Settings of a store with a use case whose flow `a` has two versions; the environment is that of the command."""
    chosen = environment(tmp_path)
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    world = opened(chosen)
    make_use_case(world, weights={"a": 6_000, "b": 4_000})
    edited = FlowEdit(steps=(make_step(prompt="Tell {{ text }}"),), note="other words")
    flows.change(world, CODE, "a", edited, actor="ann")
    close_world(world)
    return chosen


def said(*words: str) -> str:
    """What the command says when all is well."""
    done = CliRunner().invoke(main, ["flows", *words])
    assert done.exit_code == 0, done.output
    return done.output


def failing(*words: str) -> str:
    """What the command says when it fails."""
    done = CliRunner().invoke(main, ["flows", *words])
    assert done.exit_code != 0
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.output


def rows(told: str) -> list[list[str]]:
    """The words of each line."""
    return [line.split() for line in told.splitlines()]


def test_flows_are_listed_and_shown(variables: dict[str, str]) -> None:
    listed = rows(said("list", CODE))

    assert listed[1:] == [["a", "yes", "60.00", "%", "2", "1", "-"], ["b", "yes", "40.00", "%", "1", "1", "-"]]
    assert "Tell {{ text }}" in said("show", CODE, "a")
    assert "Say {{ text }}" in said("show", CODE, "a", "--version", "1")


def test_versions_say_who_wrote_them_and_what_differs(variables: dict[str, str]) -> None:
    told = said("versions", CODE, "a")

    assert "ann" in told
    assert "other words" in told
    assert "-    Say {{ text }}\n+    Tell {{ text }}\n" in said("diff", CODE, "a", "1")
    assert "a/2 and a/2 do the same" in said("diff", CODE, "a", "2", "live")
    assert "--- a/2\n+++ b/1\n" in said("diff", CODE, "a", "live", "--other", "b")


def test_a_version_is_labelled_promoted_and_restored(variables: dict[str, str]) -> None:
    labelled = rows(said("label", CODE, "a", "staging", "1"))
    drafted = said("restore", CODE, "a", "1", "--draft", "--note", "as it was")
    live = rows(said("label", CODE, "a", "live", "draft"))
    alone = rows(said("label", CODE, "a", "staging", "--remove"))

    assert [row[:2] for row in labelled[1:]] == [["live", "2"], ["staging", "1"]]
    assert drafted == f"{CODE}/a  live 2  draft 3  staging 1\n"
    assert [row[:2] for row in live[1:]] == [["live", "3"], ["draft", "3"], ["staging", "1"]]
    assert [row[:2] for row in alone[1:]] == [["live", "3"], ["draft", "3"]]
    assert said("restore", CODE, "a", "2") == f"{CODE}/a  live 4  draft 3\n"


def test_a_step_is_previewed_and_asked_on_wish(variables: dict[str, str], tmp_path: Path) -> None:
    inputs = tmp_path / "inputs.json"
    inputs.write_text('{"text": "hello"}', encoding="utf-8")

    told = said("preview", CODE, "a", "answer", "--inputs", str(inputs), "--model", "simulated/large")
    asked = said("preview", CODE, "a", "answer", "--input", "text=bye", "--version", "1", "--call")

    assert "[user]\nTell hello\n" in told
    assert "simulated/large" in told
    assert "[user]\nSay bye\n" in asked
    assert "[simulated/small, " in asked


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (("list", "none"), "none"),
        (("show", CODE, "a", "--version", "9"), "'9'"),
        (("diff", CODE, "a", "1", "nowhere"), "nowhere"),
        (("label", CODE, "a", "12", "1"), "label"),
        (("label", CODE, "a", "staging"), "version"),
        (("label", CODE, "a", "--remove"), "NAME"),
        (("label", CODE, "a", "live", "--remove"), "live"),
        (("restore", CODE, "a", "9"), "'9'"),
        (("preview", CODE, "a", "answer"), "text"),
        (("preview", CODE, "a", "none", "--input", "text=x"), "none"),
        (("preview", CODE, "a", "answer", "--input", "text"), "NAME=TEXT"),
    ],
)
def test_what_cannot_be_is_told_in_words(variables: dict[str, str], words: tuple[str, ...], wrong: str) -> None:
    assert wrong in failing(*words)


def test_the_command_is_there_for_a_person(variables: dict[str, str]) -> None:
    done = run("flows", "list", CODE, variables=variables)

    assert done.returncode == 0, done.stderr
    assert "60.00 %" in done.stdout

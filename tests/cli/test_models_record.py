"""`models record` and `routes export` show and hand out what the router learns from."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli.main import main
from app.services import feedback
from app.services.feedback import Given
from app.services.routing import learning
from app.wiring import close_world, open_world
from config import Settings
from tests.cli.command import environment
from tests.services.made import CODE
from tests.services.routing.routed import SMALL, answered, make_auto


@pytest.fixture
def variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of the command, on a store with three routed answers and an opinion."""
    for name, value in environment(tmp_path, ROUTER_HOLD_OUT_PERCENT="0").items():
        monkeypatch.setenv(name, value)
    world = open_world(Settings.from_environment())
    try:
        make_auto(world, strategy="best_cost")
        for number in range(3):
            answered(world, f"c{number}", text="a wolpertinger")
        feedback.give(world, Given("thumb", 0, use_case=CODE, correlation_id="c1"))
        list(learning.learn(world))
    finally:
        close_world(world)


def done(*words: str) -> Result:
    """What the command says when all is well."""
    told = CliRunner().invoke(main, words)
    assert told.exit_code == 0, told.output
    return told


def test_the_record_of_a_use_case_is_a_table(variables: None) -> None:
    header, line = done("models", "record", "--use-case", CODE).output.splitlines()

    assert header.split()[:5] == ["model", "level", "calls", "errors", "outcomes"]
    assert line.split()[:6] == [SMALL, "easy", "3", "0", "1", "0.00"]


def test_the_record_is_json_if_wanted_and_empty_where_nothing_happened(variables: None) -> None:
    (line,) = json.loads(done("models", "record", "--use-case", CODE, "--json").output)

    assert (line["model"], line["calls"], line["quality"]) == (SMALL, 3, 0.0)
    assert 0 < line["low"] < line["expected"] < 1
    assert float(line["cost_each_usd"]) > 0
    assert json.loads(done("models", "record", "--json").output) == []
    assert len(done("models", "record", "--task", "none").output.splitlines()) == 1


def test_a_use_case_that_is_not_there_and_two_learners_at_once_are_refused(variables: None) -> None:
    unknown = CliRunner().invoke(main, ["models", "record", "--use-case", "none"])
    both = CliRunner().invoke(main, ["models", "record", "--use-case", CODE, "--task", "chat"])

    assert (unknown.exit_code, both.exit_code) == (1, 1)
    assert "'none' does not exist" in unknown.output
    assert "not both" in both.output


def test_outcomes_leave_as_figures_without_any_text(variables: None, tmp_path: Path) -> None:
    (text,) = done("routes", "export", "--use-case", CODE).output.splitlines()
    line = json.loads(text)
    done("routes", "export", "--use-case", CODE, "--output", str(tmp_path / "out.jsonl"))

    assert (line["model"], line["quality"], line["weight"], line["source"]) == (SMALL, 0.0, 1.0, "feedback")
    assert line["figures"]["characters"] > 0
    assert line["words"] == sorted(set(line["words"]))
    assert line["chance"] == 1.0
    assert "wolpertinger" not in text
    assert json.loads((tmp_path / "out.jsonl").read_text()) == line
    assert done("routes", "export").output == ""

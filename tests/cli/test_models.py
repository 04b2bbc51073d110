"""The `models` commands list, explain, price and try models, and hand tasks over."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli.main import main
from tests.cli.command import environment, run

Command = Callable[..., Result]
SMALL, LARGE = "simulated/small", "simulated/large"


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Commands of one installation, in this process."""

    def invoke(*words: str, **more: str) -> Result:
        return CliRunner().invoke(main, words, env=environment(tmp_path, **more))

    return invoke


def told(done: Result) -> Any:  # JSON is whatever it is
    """What was printed, as JSON."""
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_models_are_listed_with_prices_and_tasks(tmp_path: Path) -> None:
    shown = run("models", "--provider", "simulated", variables=environment(tmp_path, AI_CHAT_MODEL=LARGE))

    header, *lines = shown.stdout.splitlines()
    assert shown.returncode == 0
    assert header.split()[:2] == ["model", "provider"]
    assert all("simulated/" in line for line in lines)
    assert any("simulated/unpriced" in line and line.rstrip().endswith("unpriced") for line in lines)
    assert any(line.startswith("task chat") and LARGE in line for line in lines)


def test_a_list_is_filtered_and_ordered(command: Command) -> None:
    words = ("models", "list", "--capability", "chat", "--capability", "vision", "--current", "--json")

    every = told(command(*words))["models"]
    cheapest = told(command(*words, "--sort", "cost"))["models"]
    recommended = told(command(*words, "--recommended", "--tier", "best"))["models"]
    usable = told(command("models", "list", "--usable", "--provider", "simulated", "--json"))

    assert every != cheapest
    assert {each["slug"] for each in every} == {each["slug"] for each in cheapest}
    known = [2 * float(each["input_usd"]) + float(each["output_usd"]) for each in cheapest if each["input_usd"]]
    assert known == pytest.approx(sorted(known))
    assert {(each["recommended"], each["tier"]) for each in recommended} == {(True, "best")}
    assert SMALL in {each["slug"] for each in usable["models"]}
    assert command("models", "list", "--tier", "splendid").exit_code == 2


def test_a_recommended_model_is_marked(command: Command) -> None:
    lines = command("models", "list", "--provider", "openai").stdout.splitlines()

    marked = [line.split()[1] for line in lines if line.startswith("*")]
    assert "openai/gpt-6.1-sol" in marked
    assert "openai/gpt-6-astra" not in marked


def test_a_model_is_explained_with_the_tasks_that_ask_it(command: Command) -> None:
    command("tasks", "assign", "mail", LARGE)
    command("tasks", "prefer", "chat", LARGE, "--user", "ada")

    facts = told(command("models", "info", LARGE, "--json", AI_CHAT_MODEL=LARGE))
    lines = command("models", "info", "simulated/unpriced").stdout.splitlines()

    assert (facts["slug"], facts["tasks"], facts["preferences"], facts["flows"]) == (LARGE, ["chat", "mail"], 1, [])
    assert "chat" in facts["capabilities"]
    assert any(line.startswith("input usd") and line.endswith("unknown") for line in lines)
    assert any(line.startswith("tasks") and line.endswith("none") for line in lines)


def test_costs_stand_side_by_side(command: Command) -> None:
    table = command("models", "cost", SMALL, "simulated/unpriced", "openai/gpt-6-astra").stdout.splitlines()
    (own,) = told(command("models", "cost", "openai/gpt-6-astra", "--tokens", "3000", "--output-share", "1", "--json"))

    assert table[0].split() == ["model", "tier", "efficiency", "1000", "tokens", "10000", "tokens", "100000", "tokens"]
    assert [line.split()[0] for line in table[1:4]] == [SMALL, "openai/gpt-6-astra", "simulated/unpriced"]
    assert table[3].split()[2:] == ["-", "unknown", "unknown", "unknown"]
    assert table[4] == "USD; 33% of the tokens are written by the model"
    assert own["costs"] == [{"tokens": 3000, "input_tokens": 0, "output_tokens": 3000, "cost_usd": "0.15"}]


def test_a_model_is_really_asked(command: Command) -> None:
    done = command("models", "test", SMALL, "How many legs has a spider?", "--max-tokens", "5")
    facts = told(command("models", "test", SMALL, "How many legs has a spider?", "--max-tokens", "5", "--json"))

    assert done.exit_code == 0
    assert done.stdout.strip() == facts["text"]
    assert f"{SMALL}: {facts['input_tokens']} tokens in, {facts['output_tokens']} out" in done.stderr
    assert float(facts["cost_usd"]) > 0
    assert facts["call_id"]
    spent = command("spending", "--by", "model").stdout
    assert any(line.split()[:2] == [SMALL, "2"] for line in spent.splitlines())


def test_a_question_that_no_model_answers_leaves_with_one(command: Command) -> None:
    unknown = command("models", "test", "acme/none", "Hello?")
    keyless = command("models", "test", "anthropic/claude-3-haiku", "Hello?")

    assert (unknown.exit_code, unknown.stdout) == (1, "")
    assert "acme/none" in unknown.stderr
    assert (keyless.exit_code, keyless.stdout) == (1, "")


def test_a_task_is_handed_over(command: Command) -> None:
    done = command("models", "switch", "chat", LARGE, AI_CHAT_MODEL=SMALL)
    again = told(command("models", "switch", "chat", LARGE, "--json", AI_CHAT_MODEL=SMALL))
    unasked = command("models", "switch", "mail", "anthropic/claude-3-haiku")

    assert done.stdout == f"task chat is done by {LARGE}\n"
    assert again == {"task": "chat", "model": LARGE, "source": "stored", "configured": True}
    assert (unasked.exit_code, unasked.stdout) == (0, "task mail is done by anthropic/claude-3-haiku\n")
    assert "provider is not configured" in unasked.stderr
    assert command("models", "switch", "chat", "acme/none").exit_code == 1


def test_a_wrong_model_in_the_environment_is_told_with_its_variable(command: Command) -> None:
    done = command("models", "list", AI_SUMMARIES_MODEL="acme/none")

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "Error: AI_SUMMARIES_MODEL: no model 'acme/none' in the catalogue\n"

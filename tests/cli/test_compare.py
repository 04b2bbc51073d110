"""Models and flows are compared at the command line: run here, told as a table, gone on with, and repeated."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli import compared
from app.cli.main import main
from app.services.comparing import comparisons
from app.services.comparing.comparisons import ComparisonFilter
from app.wiring import close_world, open_world
from config import Settings
from tests.cli.command import ROOT, environment, run
from tests.services.made import CODE, make_use_case

SMALL, LARGE = "simulated/small", "simulated/large"
BOTH = ("compare", "--models", f"{SMALL}, {LARGE}", "--max-tokens", "8")
PATIENCE_S = 60.0


@pytest.fixture
def variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of the command, on a store of its own."""
    chosen = environment(tmp_path)
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    return chosen


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """A file of two questions."""
    path = tmp_path / "questions.csv"
    path.write_text("prompt,reference,label\nsay one,simulated,easy\nsay two,simulated,hard\n", encoding="utf-8")
    return path


def done(*words: str) -> Result:
    """What the command says when all is well."""
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    return result


def failing(*words: str, code: int = 1) -> str:
    """What the command says when it fails."""
    result = CliRunner().invoke(main, words)
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.output


def first_id(text: str) -> str:
    """The id of the comparison that is told first."""
    return text.split()[0]


def test_models_are_compared_here_and_told_as_a_table(variables: dict[str, str], questions: Path) -> None:
    said = done(*BOTH, "--inputs", str(questions), "--rule", "contains", "--repeats", "2", "--budget-usd", "1").stdout

    assert "succeeded" in said
    rows = {words[0]: words for line in said.splitlines() if (words := line.split()) and "/" in words[0]}
    assert rows[SMALL][1:3] == ["4", "0"]
    assert rows[LARGE][1:3] == ["4", "0"]
    assert "No winner: 2 inputs answered by all are too few" in said
    assert "of $1." in said
    assert done("comparisons", "show", first_id(said)).stdout == said
    assert first_id(said) in done("comparisons", "list", "--status", "succeeded").stdout
    assert done("comparisons", "list", "--status", "failed").stdout == ""
    (listed,) = json.loads(done("comparisons", "list", "--json").stdout)
    assert (listed["id"], listed["status"], listed["budget_usd"]) == (first_id(said), "succeeded", "1")
    assert listed["candidates"] == [SMALL, LARGE]
    assert json.loads(done("comparisons", "list", "--status", "failed", "--json").stdout) == []


def test_one_question_needs_no_file(variables: dict[str, str]) -> None:
    told = json.loads(done(*BOTH, "--prompt", "Say hello.", "--json").stdout)

    assert (told["status"], told["progress"]["answered"]) == ("succeeded", 2)
    assert [own["candidate"] for own in told["readout"]["figures"]] == [SMALL, LARGE]


def test_a_log_is_told_the_whole_name(variables: dict[str, str]) -> None:
    name = "Which of the two says hello in the fewest words, and why"

    assert done(*BOTH, "--prompt", "Say hello.", "--name", name).stderr.startswith(f"{name}\n")


@pytest.mark.parametrize("words", [("compare",), ("experiments", "plan")])
def test_help_speaks_to_people_who_use_it(words: tuple[str, ...]) -> None:
    assert "Any stands" not in done(*words, "--help").stdout


def test_flows_of_a_use_case_are_compared(variables: dict[str, str], tmp_path: Path) -> None:
    world = opened(variables)
    make_use_case(world, weights={"a": 5000, "b": 5000})
    close_world(world)
    path = tmp_path / "texts.jsonl"
    path.write_text('{"text": "one"}\n{"text": "two"}\n', encoding="utf-8")

    said = done("compare", "--use-case", CODE, "--flows", "a,b", "--inputs", str(path)).stdout

    assert "a against b" in said


def test_a_judge_is_asked_within_a_budget(variables: dict[str, str]) -> None:
    words = (*BOTH, "--prompt", "Say hello.", "--judge", LARGE, "--criteria", "kind")

    assert "budget_usd" in failing(*words)
    told = json.loads(done(*words, "--budget-usd", "1", "--json").stdout)
    assert told["progress"]["judgements"] == told["progress"]["judged"] == 2


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("compare", "--models", SMALL, "--prompt", "x"), 1, "candidates"),
        (("compare", "--models", f"{SMALL},nobody/nothing", "--prompt", "x"), 1, "candidates[1].model"),
        (BOTH, 2, "--prompt"),
        ((*BOTH, "--prompt", "x", "--repeats", "0"), 1, "repeats"),
        ((*BOTH, "--prompt", "x", "--budget-usd", "cheap"), 1, "budget_usd"),
        ((*BOTH, "--prompt", "x", "--rule", "exact"), 1, "reference"),
        ((*BOTH, "--inputs", "README.md"), 2, "README.md"),
        (("comparisons", "show", "nothing"), 1, "a UUID is expected"),
        (("comparisons", "cancel", "nothing"), 1, "a UUID is expected"),
        (("benchmarks", "run", "nothing"), 1, "nothing"),
        (("benchmarks", "put", "x", "README.md"), 1, "README.md"),
        (("benchmarks", "prompts", "--count", "0"), 1, "count"),
    ],
)
def test_what_cannot_be_done_is_told_in_words(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int, said: str
) -> None:
    monkeypatch.chdir(ROOT)

    assert said in failing(*words, code=code)


def test_a_budget_that_runs_out_leaves_with_1_and_can_be_raised(variables: dict[str, str], questions: Path) -> None:
    words = (*BOTH, "--inputs", str(questions), "--repeats", "20", "--budget-usd", "0.0003")

    said = failing(*words)

    id_ = first_id(next(line for line in said.splitlines() if "failed" in line and len(line.split()[0]) == 36))
    assert f"budget-exceeded; comparisons resume {id_} goes on" in said
    assert "succeeded" in done("comparisons", "resume", id_, "--budget-usd", "1").stdout
    assert "budget_usd" in failing("comparisons", "resume", id_, "--budget-usd", "cheap")
    assert "goes on" in failing("comparisons", "resume", id_)


def test_an_interrupt_stops_it_and_says_how_to_go_on(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(compared.here, "run_here", interrupted)
        said = failing(*BOTH, "--prompt", "Say hello.")

    id_ = said.split("comparisons resume ")[1].split()[0]
    assert "cancelled" in done("comparisons", "list").stdout
    assert "succeeded" in done("comparisons", "resume", id_).stdout
    assert "has ended" in failing("comparisons", "cancel", id_)


def test_a_benchmark_is_written_down_run_and_held_against_its_last_run(
    variables: dict[str, str], tmp_path: Path
) -> None:
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text(done("benchmarks", "prompts", "--count", "6", "--level", "easy").stdout, encoding="utf-8")
    written = tmp_path / "suite.json"
    candidates = [{"model": SMALL}, {"model": LARGE}]
    written.write_text(json.dumps({"candidates": candidates, "scoring": {"rule": "json_equal"}}), encoding="utf-8")

    made = done("benchmarks", "put", "suite", str(written), "--inputs", str(prompts), "--every-hours", "24").stdout

    assert made == "suite  6 inputs\n"
    assert "suite" in done("benchmarks", "list").stdout
    (listed,) = json.loads(done("benchmarks", "list", "--json").stdout)
    assert (listed["code"], listed["inputs"], listed["every_hours"]) == ("suite", 6, 24)
    first = done("benchmarks", "run", "suite").stdout
    again = done("benchmarks", "run", "suite", "--fail-if-worse").stdout
    assert f"Against the run before, {first_id(first)}:" in again
    assert f"{SMALL} is not proven to have changed" in again
    assert len(done("comparisons", "list", "--benchmark", "suite").stdout.splitlines()) == 2


def test_a_run_that_is_proven_worse_can_fail(variables: dict[str, str], tmp_path: Path) -> None:
    def put(expected: str) -> None:
        told = {
            "candidates": [{"model": SMALL}, {"model": LARGE}],
            "inputs": [{"prompt": f"question {number}", "reference": expected} for number in range(12)],
            "scoring": {"rule": "contains"},
        }
        path = tmp_path / "suite.json"
        path.write_text(json.dumps(told), encoding="utf-8")
        done("benchmarks", "put", "suite", str(path))

    put("[")
    done("benchmarks", "run", "suite")
    world = opened(variables)
    with world.store.write() as tx:  # as if all answers of the first run had been right
        tx.exec_driver_sql("UPDATE comparison_answers SET score = 1.0")
    close_world(world)

    assert f"worse than in the last run: {SMALL}, {LARGE}" in failing("benchmarks", "run", "suite", "--fail-if-worse")


def opened(variables: dict[str, str]) -> Any:
    """The world of the command."""
    return open_world(Settings.load({name: variables[name] for name in ("DATABASE_URL", "SPOOL_DIR", "SNAPSHOT_FILE")}))


@pytest.mark.slow
def test_a_real_interrupt_keeps_what_is_answered(variables: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    path.write_text("".join(f'{{"prompt": "question {number}"}}\n' for number in range(5_000)), encoding="utf-8")
    command = [sys.executable, str(ROOT / "run.py"), *BOTH, "--inputs", str(path), "--concurrency", "1"]
    with subprocess.Popen(command, env=variables, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        await_answers(variables)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 1
    id_ = said.split("comparisons resume ")[1].split()[0]
    kept = json.loads(run("comparisons", "show", id_, "--json", variables=variables).stdout)
    assert kept["status"] == "cancelled"
    assert 0 < kept["progress"]["answered"] < 10_000


def await_answers(variables: dict[str, str]) -> None:
    """Wait until something is answered."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        time.sleep(0.5)
        world = opened(variables)
        try:
            found, _ = comparisons.page(world, ComparisonFilter())
            if found and comparisons.outcomes(world, found[0].id):
                return
        finally:
            close_world(world)
    pytest.fail("nothing was answered")

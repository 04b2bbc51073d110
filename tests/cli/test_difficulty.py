"""The `difficulty` command."""

import json
import subprocess
import sys
from pathlib import Path

from tests.cli.command import ROOT, environment, run
from tests.scoring import ScorerServer


def test_a_prompt_is_judged_in_words_and_as_json(tmp_path: Path) -> None:
    variables = environment(tmp_path)

    told = run("difficulty", "Prove it.", "--estimator", "heuristic", variables=variables)
    facts = run("difficulty", "Prove it.", "--estimator", "heuristic", "--json", variables=variables)

    found = json.loads(facts.stdout)
    assert told.stdout.startswith(f"{found['level']}, {found['score']:.2f} by heuristic\n")
    assert all(name in told.stdout for name in found["contributions"])
    assert (found["estimator"], found["fallback"]) == ("heuristic", None)


def test_the_operators_scorer_is_asked(tmp_path: Path) -> None:
    with ScorerServer(lambda prompts: [0.9]) as server:
        variables = environment(tmp_path, DIFFICULTY_SCORER=server.url, DIFFICULTY_SCORER_TIMEOUT_MS="10000")

        assert run("difficulty", "Why?", variables=variables).stdout.startswith("hard, 0.90 by own\n")


def test_a_scorer_that_there_is_not_stops_the_start_and_names_its_variable(tmp_path: Path) -> None:
    done = run("difficulty", "Why?", variables=environment(tmp_path, DIFFICULTY_SCORER="magic"))

    assert done.returncode == 1
    assert "DIFFICULTY_SCORER: no entry point 'magic'" in done.stderr


def test_a_text_too_long_for_a_command_line_is_read_from_standard_input(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "run.py", "difficulty", "-"],
        cwd=ROOT,
        env=environment(tmp_path),
        input="Prove it. " * 50_000,
        capture_output=True,
        text=True,
        check=True,
    )

    assert " by learned\n" in done.stdout


def test_an_empty_text_is_refused(tmp_path: Path) -> None:
    assert run("difficulty", " ", variables=environment(tmp_path)).returncode == 2

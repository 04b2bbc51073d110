"""The `models` command."""

from pathlib import Path

from tests.cli.command import environment, run


def test_models_are_listed_with_prices_and_tasks(tmp_path: Path) -> None:
    shown = run("models", "--provider", "simulated", variables=environment(tmp_path, AI_CHAT_MODEL="simulated/large"))

    lines = shown.stdout.splitlines()
    assert shown.returncode == 0
    assert all("simulated/" in line for line in lines)
    assert any("simulated/unpriced" in line and line.rstrip().endswith("unpriced") for line in lines)
    assert any(line.startswith("task chat") and "simulated/large" in line for line in lines)

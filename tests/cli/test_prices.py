"""Prices are imported and history is counted again at a terminal."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.catalogues import UNIT, model_entry, price_entry
from tests.cli.command import environment, run

MODEL = UNIT + model_entry("openai/gpt-4o", price_entry(input="5", output="10"))


@pytest.mark.slow
def test_published_prices_are_shown_taken_over_once_and_then_in_force(tmp_path: Path) -> None:
    (tmp_path / "more.toml").write_text(MODEL)
    variables = environment(tmp_path, CATALOGUE_FILE=str(tmp_path / "more.toml"))
    words = ("models", "import-prices", "--model", "openai/gpt-4o")

    dry = run(*words, "--dry-run", variables=variables)
    done = run(*words, variables=variables)
    again = run(*words, variables=variables)
    shown = run("models", "--provider", "openai", variables=variables)

    assert dry.returncode == done.returncode == again.returncode == 0, dry.stderr
    assert "input                    5 -> 2.5" in dry.stdout
    assert "1 prices would change" in dry.stdout
    assert "1 prices changed" in done.stdout
    assert "0 prices changed, 1 models stay" in again.stdout
    assert any("openai/gpt-4o " in line and line.endswith("2.5 / 10 USD") for line in shown.stdout.splitlines())


def test_an_unknown_model_is_named(tmp_path: Path) -> None:
    done = run("models", "import-prices", "--model", "acme/none", variables=environment(tmp_path))

    assert (done.returncode, done.stdout) == (1, "")
    assert "acme/none" in done.stderr


def test_history_is_counted_again_from_a_day_on(tmp_path: Path) -> None:
    variables = environment(tmp_path)

    done = run("models", "reprice", "--since", "2026-01-01", "--dry-run", variables=variables)
    empty = run(
        "models", "reprice", "--since", f"{datetime.now(UTC):%Y-%m-%d}", "--until", "2026-01-01", variables=variables
    )

    assert done.stdout == "0 of 0 calls would change, 0 of them had no price; the sum by 0 USD.\n"
    assert empty.returncode == 1
    assert "after the beginning" in empty.stderr

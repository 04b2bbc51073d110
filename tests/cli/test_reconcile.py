"""A provider's export is held against the calls at a terminal."""

from pathlib import Path

from tests.cli.command import environment, run

HEADER = "day,model,requests,input_tokens,output_tokens,cost_usd\n"


def test_differences_are_shown_and_end_the_command_with_one(tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_text(HEADER + "2026-11-01,gpt-4o-2024-08-06,3,10,5,0.25\n2026-11-01,gpt-4o-mini,1,1,1,0.001\n")

    done = run(
        *("models", "reconcile", str(file), "--provider", "openai", "--format", "generic"),
        variables=environment(tmp_path),
    )

    assert done.returncode == 1, done.stderr
    assert "openai/gpt-4o " in done.stdout
    assert "requests 3 / 0  in 10 / 0  out 5 / 0  USD 0.25 / 0" in done.stdout
    assert "2 missing-here; cost 0.251 / 0 USD, difference -0.251" in done.stdout


def test_a_file_that_breaks_a_rule_is_named_with_line_and_column(tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_text(HEADER + "2026-11-01,gpt-4o,three,10,5,0.25\n")

    done = run(
        *("models", "reconcile", str(file), "--provider", "openai", "--format", "generic"),
        variables=environment(tmp_path),
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert "export.csv: line 2, column requests: a whole number is expected" in done.stderr

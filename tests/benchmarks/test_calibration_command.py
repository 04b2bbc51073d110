"""The calibration command gives the same page for the same seeds, and its exit code tells whether a goal is missed."""

from pathlib import Path

import pytest

from benchmarks.calibration.__main__ import main

pytestmark = pytest.mark.slow


def page(folder: Path, name: str, *options: str) -> tuple[int, str]:
    """The exit code and the page of a tiny run."""
    out = folder / name
    code = main(["--scenarios", "ticks of 1000", "--reps", "2", "--jobs", "1", "--out", str(out), *options])
    return code, out.read_text(encoding="utf-8")


def test_the_same_seed_gives_the_same_page_and_another_seed_another(tmp_path: Path) -> None:
    first = page(tmp_path, "first.md")

    assert page(tmp_path, "again.md") == first
    assert page(tmp_path, "other.md", "--seed", "7")[1] != first[1].replace("20260401", "7")


def test_the_number_of_processes_changes_no_figure(tmp_path: Path) -> None:
    assert page(tmp_path, "two.md", "--jobs", "2") == page(tmp_path, "one.md")


def test_the_exit_code_says_whether_a_goal_is_missed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = page(tmp_path, "page.md")
    printed = capsys.readouterr().out

    assert code == ("Missed: " in text)
    assert ("Every goal is met." in text) == (code == 0)
    assert "sessions to decide, of track-and-stop's" in printed
    assert "| ticks of 1000 sessions | feedback |" in text


def test_options_that_choose_nothing_are_refused() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--scenarios", "nothing is called so"])

    assert ended.value.code == 2

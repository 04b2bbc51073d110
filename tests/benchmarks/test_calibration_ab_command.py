"""The A/B part of the calibration command rewrites its own section of the page and judges with its exit code."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.calibration import __main__ as command
from benchmarks.calibration import ab_fixed, ab_prose
from benchmarks.calibration.ab_runs import Effort
from benchmarks.calibration.sections import kept, placed

pytestmark = pytest.mark.slow

TINY = Effort(reps=20, stops=6, fixed=2_000, orders=1, cuped=5, units=2_000)
PAGE = "# A page\n\nBegins.\n\n## First\n\nStays.\n\n## How to run it\n\n    make\n"


@pytest.fixture(autouse=True)
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "FULL", TINY)


def run(out: Path, *options: str) -> tuple[int, str]:
    """The exit code and the page."""
    code = command.main(["--only", "ab", "--jobs", "1", "--out", str(out), *options])
    return code, out.read_text(encoding="utf-8")


def test_it_rewrites_its_own_section_only(tmp_path: Path) -> None:
    out = tmp_path / "page.md"
    out.write_text(PAGE, encoding="utf-8")
    first = run(out)[1]
    section = kept(first, ab_prose.TITLE)

    assert section is not None
    assert first == PAGE.replace("## How to run it", section + "\n\n## How to run it")
    assert run(out)[1] == first
    assert run(out, "--seed", "7")[1] != first.replace("20260401", "7")


def test_the_exit_code_says_whether_a_bar_is_missed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = replace(ab_fixed.FIXED[0], p_value=lambda *_: 0.0)
    monkeypatch.setattr(ab_fixed, "FIXED", (broken, *ab_fixed.FIXED[1:]))
    code, text = run(tmp_path / "page.md")
    printed = capsys.readouterr().out

    assert code == 1
    assert f"Missed: {broken.name}: rejected, one look" in text
    assert "100.0 %" in text
    assert "opinions per arm until claimed" in printed
    assert "missed" in printed


def test_options_of_the_allocator_are_refused() -> None:
    for options in (["--reps", "5"], ["--scenarios", "same"]):
        with pytest.raises(SystemExit) as ended:
            command.main(["--only", "ab", *options])

        assert ended.value.code == 2


def test_a_section_is_found_replaced_or_put_in_its_place() -> None:
    assert kept(PAGE, "First") == "## First\n\nStays."
    assert kept(PAGE, "Second") is None
    assert placed(PAGE, "## First\n\nNew.", before="How to run it") == PAGE.replace("Stays.", "New.")
    assert placed("", "## First\n\nNew.", before="How to run it") == "## First\n\nNew.\n"
    assert placed("# A\n", "## Last\n\nEnd.", before="none") == "# A\n\n## Last\n\nEnd.\n"

"""Processes see each other's figures; counts outlive their process, what it held does not."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from app.services.figure_files import LIVE_S, FigureFiles, empty
from app.services.figures import Family, counter, gauge, merged


def told(calls: float, busy: float, worst: float = 0.0) -> list[Family]:
    """What a process says of itself."""
    return [counter("calls", "Calls", calls), gauge("busy", "Busy", busy), gauge("open", "Open", worst, merge="max")]


def values(families: list[Family]) -> dict[str, float]:
    """The one value of each family."""
    return {family.name: family.readings[0].values[0] for family in families}


def age(folder: Path, name: str, seconds: float) -> None:
    """Let a file be so old."""
    path = folder / f"{name}.json"
    moment = path.stat().st_mtime - seconds
    os.utime(path, (moment, moment))


def test_whoever_is_asked_answers_for_all(tmp_path: Path) -> None:
    one, other = FigureFiles(tmp_path, "one"), FigureFiles(tmp_path, "other")
    one.exchange(told(3, 1, worst=2))

    seen = merged(other.exchange(told(4, 2, worst=1)))

    assert values(seen) == {"calls": 7, "busy": 3, "open": 2}
    assert values(merged(one.exchange(told(3, 1, worst=2)))) == values(seen)


def test_what_a_dead_process_counted_stays_and_what_it_held_does_not(tmp_path: Path) -> None:
    FigureFiles(tmp_path, "dead").exchange(told(3, 1, worst=2))
    age(tmp_path, "dead", LIVE_S + 1)

    seen = merged(FigureFiles(tmp_path, "alive").exchange(told(4, 2)))

    assert values(seen) == {"calls": 7, "busy": 2, "open": 0}


def test_a_file_that_is_none_of_ours_is_passed_over(tmp_path: Path) -> None:
    for name, text in {"cut": '[{"name": "calls"', "list": "[[]]", "number": "7", "odd": '[{"name": 1}]'}.items():
        (tmp_path / f"{name}.json").write_text(text)

    assert values(merged(FigureFiles(tmp_path, "own").exchange(told(1, 1)))) == {"calls": 1, "busy": 1, "open": 0}


def test_a_folder_that_cannot_be_written_costs_the_others_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    seen = merged(FigureFiles(tmp_path / "file", "own").exchange(told(1, 1)))

    assert values(seen)["calls"] == 1


def test_an_emptied_folder_starts_from_zero(tmp_path: Path) -> None:
    FigureFiles(tmp_path, "earlier").exchange(told(3, 1))

    empty(tmp_path)

    assert values(merged(FigureFiles(tmp_path, "own").exchange(told(1, 1))))["calls"] == 1


def test_a_file_of_the_day_before_goes_with_the_next_start(tmp_path: Path) -> None:
    FigureFiles(tmp_path, "earlier").exchange(told(3, 1))
    age(tmp_path, "earlier", 100_000)

    files = FigureFiles(tmp_path, "own")
    files.start(lambda: told(1, 1))
    files.close()

    assert not (tmp_path / "earlier.json").exists()


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5), st.booleans()), max_size=20))
def test_counts_never_fall_from_one_look_to_the_next(steps: list[tuple[int, int, bool]]) -> None:
    """Whichever of two processes counts, and whichever is asked without the others having written since."""
    with TemporaryDirectory() as folder:
        files = [FigureFiles(Path(folder), name) for name in ("one", "other")]
        counted, last = [0, 0], 0.0
        for process, more, asked in steps:
            counted[process] += more
            if asked:
                now = values(merged(files[process].exchange(told(counted[process], 0))))["calls"]
                assert now >= last
                last = now

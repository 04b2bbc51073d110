"""The `tick` command."""

from pathlib import Path

from tests.cli.command import environment, run


def test_one_beat_on_an_empty_store_does_nothing_and_ends(tmp_path: Path) -> None:
    beaten = run("tick", variables=environment(tmp_path))

    assert beaten.returncode == 0
    assert beaten.stdout == ""

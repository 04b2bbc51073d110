"""What docs/runs.md tells a reader to type works against a real server, each feature as it says."""

from pathlib import Path

import pytest

from tests.house.blocks import typed

pytestmark = pytest.mark.slow


def test_the_page_on_runs_does_what_it_says(tmp_path: Path) -> None:
    done = typed("runs.md", tmp_path)

    for said in (
        '"items":2',
        "event: step-started",
        "event: run-ended",
        '"cancelling":true',
        "run-cancelled",
        '"resumes"',
    ):
        assert said in done.stdout, said

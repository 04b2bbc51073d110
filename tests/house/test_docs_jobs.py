"""What docs/jobs.md tells a reader to type works, in the order it is told, against a real server."""

from pathlib import Path

import pytest

from app.services.jobs.handlers import HANDLERS
from tests.house.blocks import typed
from tests.house.tree import ROOT


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_block_does_run(tmp_path: Path) -> None:
    done = typed("jobs.md", tmp_path)

    assert '"status":"cancelled"' in done.stdout
    assert '"replayed":0' in done.stdout
    assert "0 wait again" in done.stdout
    assert '"kind": "comparison"' in done.stdout


def test_the_page_names_every_kind() -> None:
    text = (ROOT / "docs" / "jobs.md").read_text(encoding="utf-8")

    assert [kind for kind in HANDLERS if f"| `{kind}` |" not in text] == []

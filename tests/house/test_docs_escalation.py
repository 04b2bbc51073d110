"""What docs/escalation.md tells a reader to type works against a real server."""

from pathlib import Path

import pytest

from tests.house.blocks import typed


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_block_does_run(tmp_path: Path) -> None:
    done = typed("escalation.md", tmp_path)

    assert '"auto best_cost"' in done.stdout
    assert '"council seat 3"' in done.stdout

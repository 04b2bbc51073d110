"""What docs/tasks.md tells a reader to type works, in the order it is told, against a real server."""

from pathlib import Path

import pytest

from tests.house.blocks import typed


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_block_does_run(tmp_path: Path) -> None:
    done = typed("tasks.md", tmp_path)

    assert "user ada prefers it for task 'chat'" in done.stdout
    assert "task chat is done by simulated/medium" in done.stdout
    assert "team green is served by simulated/small for task chat" in done.stdout
    assert '"cost_efficiency":' in done.stdout
    assert "simulated/small: 7 tokens in" in done.stderr

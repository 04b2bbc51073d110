"""What docs/batches.md tells a reader to type works, in the order it is told, against a real server."""

from pathlib import Path

import pytest

from tests.house.blocks import typed


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_block_does_run(tmp_path: Path) -> None:
    done = typed("batches.md", tmp_path)

    assert "event: end" in done.stdout
    assert '"custom_id":"three"' in done.stdout
    assert "completed {" in done.stdout, "what OpenAI's library was told"
    assert "succeeded  3 of 3 lines, 0 failed" in done.stdout, "the line of the command"
    assert "3 answers.jsonl" in done.stdout

"""What docs/conversations.md and docs/idempotency.md tell a reader to type works against a real server."""

from pathlib import Path

import pytest

from tests.house.blocks import typed


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_block_about_doing_things_once_does_run(tmp_path: Path) -> None:
    typed("idempotency.md", tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_block_about_conversations_does_run(tmp_path: Path) -> None:
    done = typed("conversations.md", tmp_path)

    assert '"turns_summarised":0' in done.stdout
    assert '"turns-summarised"' in done.stdout
    assert '"source":"summary"' in done.stdout
    assert '"chat.completion"' in done.stdout

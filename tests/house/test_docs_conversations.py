"""What docs/idempotency.md tells a reader to type works against a real server."""

from pathlib import Path

import pytest

from tests.house.blocks import typed


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_block_about_doing_things_once_does_run(tmp_path: Path) -> None:
    typed("idempotency.md", tmp_path)

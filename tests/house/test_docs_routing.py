"""What docs/routing.md tells a reader to type works against a real server."""

from pathlib import Path

import pytest

from tests.house.blocks import typed


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_block_does_run(tmp_path: Path) -> None:
    done = typed("routing.md", tmp_path)

    assert '"strategy":"balanced"' in done.stdout
    assert '"strategy":"tiers"' in done.stdout
    assert '"limit":"excluded"' in done.stdout

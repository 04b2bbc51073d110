"""What docs/plugins.md tells a reader to type works, in the order it is told, against a real server."""

from pathlib import Path

import pytest

from tests.house.blocks import typed


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_blocks_of_the_page_work(tmp_path: Path) -> None:
    done = typed("plugins.md", tmp_path)

    assert done.returncode == 0, done.stderr
    assert '"flags":["injection:suspected","pii:redacted"]' in done.stdout

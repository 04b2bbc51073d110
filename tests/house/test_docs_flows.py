"""What docs/flows.md tells a reader to type works against a real server, each feature as it says."""

from pathlib import Path

import pytest

from tests.house.blocks import typed


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_block_does_run(tmp_path: Path) -> None:
    done = typed("flows.md", tmp_path)

    for answer in (
        "Both were read.",
        "Sorry! It is on its way.",
        "Gladly: like this.",
        "chat and chien",
        "final words",
        "Caught by the net.",
        '{\\"total\\":12.5}',
    ):
        assert f'"text":"{answer}"' in done.stdout
    assert "'answer' after 'check' after 'answer'" in done.stdout
    assert '"max_cost_usd":"0.05"' in done.stdout

"""What docs/versions.md and docs/preview.md tell a reader to type works, in the order it is told, on a real server."""

from pathlib import Path

import pytest

from tests.house.blocks import typed


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_block_of_versions_does_run(tmp_path: Path) -> None:
    done = typed("versions.md", tmp_path)

    assert '"forced":true' in done.stdout
    assert (
        "-    Write to <<NAME>> about {{ matter }}.\n+    Write a rhyme to <<NAME>> about {{ matter }}." in done.stdout
    )
    assert "nobody liked the rhymes" in done.stdout
    assert "letters/plain  live 5" in done.stdout


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_block_of_preview_does_run(tmp_path: Path) -> None:
    done = typed("preview.md", tmp_path)

    assert '"unfilled":["SHOP"]' in done.stdout
    assert '"prompt":"Make it kind: On its way."' in done.stdout
    assert "You answer for Acme." in done.stdout

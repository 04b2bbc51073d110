"""What the documents on files, presets and pictures tell a reader to type works, in the order it is told."""

from pathlib import Path

import pytest

from tests.house.blocks import typed
from tests.house.tree import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_every_block_of_config_as_code_does_run(tmp_path: Path) -> None:
    done = typed("config-as-code.md", tmp_path)

    assert "exit code 2" in done.stdout
    assert "use-case translation: changed" in done.stdout
    assert '"differs":false' in done.stdout


def test_every_block_of_presets_does_run(tmp_path: Path) -> None:
    done = typed("presets.md", tmp_path)

    assert "use case helpdesk with 1 flow (routed); it serves" in done.stdout


def test_every_block_of_picture_does_run_and_the_one_that_is_shown_is_true(tmp_path: Path) -> None:
    done = typed("picture.md", tmp_path)

    shown = (ROOT / "docs" / "picture.md").read_text("utf-8").partition("```mermaid\n")[2].partition("```")[0]
    assert shown in done.stdout
    assert "class s0,s1,s2,s3 answered" in done.stdout

"""Every benchmark finds what it measures, however the product has been rearranged since it was last run."""

from importlib import import_module

import pytest

from tests.house.tree import ROOT

FOLDER = ROOT / "benchmarks"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")


@pytest.mark.parametrize("name", NAMES)
def test_it_imports(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(FOLDER)  # some run as scripts, beside their rig

    assert import_module(f"benchmarks.{name}").__doc__

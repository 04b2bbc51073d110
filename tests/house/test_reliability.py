"""Every test that docs/reliability.md names exists, and for the fault it is named with."""

import re

from tests.faults.test_store_faults import FAULTS
from tests.house.tree import ROOT

NAMED = re.compile(r"`(test_\w+)(?:\[([\w-]+)\])?`")


def named() -> list[tuple[str, str]]:
    """Test and fault, empty when it is named without one."""
    return NAMED.findall((ROOT / "docs/reliability.md").read_text(encoding="utf-8"))


def test_every_cell_names_a_test_that_exists() -> None:
    known = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }

    assert [name for name, _ in named() if name not in known] == []


def test_every_fault_is_one_that_is_made() -> None:
    made = {fault for faults in FAULTS.values() for fault in faults}

    assert {fault for _, fault in named() if fault} <= made
    assert len([name for name, fault in named() if fault]) == 25

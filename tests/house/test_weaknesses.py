"""Every weakness that is known of the product's forerunners is named by a test which shows that it is not ours."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache

from tests.house.tree import ROOT

KNOWN = [f"{letter}{number}" for letter, last in (("W", 14), ("B", 15), ("C", 14)) for number in range(1, last + 1)]
NAMED = re.compile(r"\b([WBC]\d{1,2})\b")


def docstrings() -> Iterator[tuple[str, str]]:
    """Test and docstring, of every test that has one."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for found in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(found, ast.FunctionDef) and found.name.startswith("test_"):
                yield f"{path.relative_to(ROOT).as_posix()}::{found.name}", ast.get_docstring(found) or ""


@cache
def named() -> dict[str, list[str]]:
    """Tests by the weakness that their docstrings name."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for test, text in docstrings():
        for weakness in NAMED.findall(text):
            found[weakness].append(test)
    return found


def test_every_known_weakness_is_named_by_a_test() -> None:
    assert [weakness for weakness in KNOWN if weakness not in named()] == []


def test_no_test_names_a_weakness_that_is_not_known() -> None:
    assert {weakness: tests for weakness, tests in named().items() if weakness not in KNOWN} == {}

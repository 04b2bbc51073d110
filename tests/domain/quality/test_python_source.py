"""Python is parsed where that is safe; what is too deep for a thread's stack is left alone."""

import ast
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.quality.python_source import MOST_SOURCE, parsed, too_deep

DEEP = {
    "minus": "-" * 40_000 + "1",
    "not": "not " * 12_000 + "x",
    "lambda": "lambda:" * 7_000 + "1",
    "powers": "1" + "**1" * 12_000,
    "elif": "if a:\n b\n" + "elif a:\n b\n" * 3_000,
    "conditions": "1 if a else " * 4_000 + "1",
    "mixed": ("-" * 39 + "lambda:") * 900 + "1",
    "brackets": "(" * 190 + ")" * 190,
    "never closed": "{1:" * 5_000,
    "behind strings": '")))))"+(' * 2_000,
    "within a formatted string": "f'{" + "(" * 150 + ")" * 150 + "}'",
    "continued": "- \\\n" * 5_000 + "1",
}


@pytest.mark.parametrize(
    "source", ["x = 1", "def f(a):\n    return {a: [a, (a, f'{a!r:>{a}}')]}", ">>> 1 + 1\n2\n>>> 3\n3"]
)
def test_python_has_a_tree(source: str) -> None:
    assert isinstance(parsed(source), ast.Module)


def test_a_block_that_is_indented_as_a_whole_is_python() -> None:
    assert isinstance(parsed("    x = 1\n    y = 2"), ast.Module)


def test_the_line_that_does_not_parse_is_told() -> None:
    assert parsed("x = 1\ny = = 2\n") == 2


@pytest.mark.parametrize("name", DEEP)
def test_what_could_overflow_the_stack_is_not_parsed(name: str) -> None:
    assert too_deep(DEEP[name])
    assert parsed(DEEP[name]) is None


def test_what_passes_is_parsed_on_a_small_stack() -> None:
    """Half a megabyte, where the parser without any bound ends the process."""
    brackets = "(" * 40 + ")" * 40
    chain = "x = " + "not " * 290 + brackets
    before, found = threading.stack_size(512 * 1024), []
    try:
        thread = threading.Thread(target=lambda: found.append(parsed(chain)))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)

    assert isinstance(found[0], ast.Module)


@pytest.mark.parametrize("source", ["x" * (MOST_SOURCE + 1), "x = '\0'", "x = '\ud800'"])
def test_what_cannot_be_parsed_here_is_left_open(source: str) -> None:
    assert parsed(source) is None


@given(st.text(alphabet="()[]{}'\"#\\fr\n -+~*:=x1", max_size=300))
def test_no_text_breaks_it(source: str) -> None:
    found = parsed(source)

    assert found is None or isinstance(found, ast.Module | int)

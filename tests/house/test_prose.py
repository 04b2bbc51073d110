"""Code is read more often than written: each file and each public function says what is true there."""

import ast

import pytest

from tests.house.tree import ROOT, Source, functions, parsed, sources

TREE = [*sources(), *(parsed(path) for path in sorted((ROOT / "tests").rglob("*.py")))]


@pytest.mark.parametrize("source", TREE, ids=lambda source: source.path)
def test_the_first_line_of_a_file_is_a_sentence(source: Source) -> None:
    first = (ast.get_docstring(source.tree) or "").partition("\n")[0]

    assert source.lines[0].startswith('"""'), "the docstring stands on the first line"
    assert first[:1].isupper() or first[:1] == "`"
    assert first.endswith((".", ":"))


def test_every_public_class_and_function_says_what_it_answers() -> None:
    found = [
        f"{source.path}:{node.lineno} {node.name}"
        for source in sources()
        for node in _public(source)
        if ast.get_docstring(node) is None
    ]

    assert found == []


def test_every_function_states_its_types() -> None:
    found = [
        f"{source.path}:{function.lineno} {function.name}"
        for source in sources()
        for function in functions(source)
        if function.returns is None and function.name != "__init__"
    ]

    assert found == []


def _public(source: Source) -> list[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """Public classes and functions, and the methods of these classes; what a vendor's class declares is its prose."""
    found: list[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef] = []
    owners: list[ast.Module | ast.ClassDef] = [source.tree]
    while owners:
        for node in owners.pop().body:
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
                continue
            found.append(node)
            if isinstance(node, ast.ClassDef) and not any(isinstance(base, ast.Attribute) for base in node.bases):
                owners.append(node)
    return found

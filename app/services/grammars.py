"""Code in other languages is parsed by tree-sitter; each grammar is loaded when its language is first seen."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any, Final

from tree_sitter import Language, Node, Parser

from app.domain.quality.parsing import Parsed

# Module and function of the grammars that a language's code may be of, the likeliest first.
GRAMMARS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "javascript": (("tree_sitter_typescript", "language_tsx"), ("tree_sitter_typescript", "language_typescript")),
    "go": (("tree_sitter_go", "language"),),
    "java": (("tree_sitter_java", "language"),),
    "rust": (("tree_sitter_rust", "language"),),
    "c": (("tree_sitter_c", "language"), ("tree_sitter_cpp", "language")),
    "cpp": (("tree_sitter_cpp", "language"),),
    "csharp": (("tree_sitter_c_sharp", "language"),),
    "ruby": (("tree_sitter_ruby", "language"),),
    "php": (("tree_sitter_php", "language_php_only"),),
    "php in a page": (("tree_sitter_php", "language_php"),),  # outside of its marks everything is text
    "css": (("tree_sitter_css", "language"),),
}
# Statements alone are no file of these languages; inside of a function they may be right.
WITHIN: Final[Mapping[str, tuple[str, str]]] = {"go": ("func f() {\n", "\n}")}


def parse(language: str, source: str) -> Parsed | None:
    """Whether the code parses, and else the first line, from 1, that does not; None for a language without a grammar.

    A piece of code that is no whole file is right where its grammar lets it stand, as methods and statements mostly do.
    """
    faults = []
    language = "php in a page" if language == "php" and "<?" in source else language
    for module, function in GRAMMARS.get(language, ()):
        line = _fault(_grammar(module, function), source)
        if line is not None and language in WITHIN:
            before, after = WITHIN[language]
            within = _fault(_grammar(module, function), before + source + after)
            line = None if within is None else line
        if line is None:
            return Parsed()
        faults.append(line)
    return Parsed(faults[0]) if faults else None


def _fault(grammar: Language, source: str) -> int | None:
    root = Parser(grammar).parse(source.encode(errors="replace")).root_node
    return _first(root) if root.has_error else None


def _first(part: Node) -> int:
    """The line of the first part that is an error or is missing."""
    while not (part.is_error or part.is_missing):
        inner = next((each for each in part.children if each.has_error or each.is_missing), None)
        if inner is None:
            break
        part = inner
    return part.start_point.row + 1


@cache
def _grammar(module: str, function: str) -> Language:
    found: Any = getattr(import_module(module), function)
    return Language(found())

"""Code is judged by what can be read off it: whether it parses, is explained, and free of bad habits."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.comparison.found_json import found_json
from app.domain.quality.balance import unbalanced
from app.domain.quality.code_blocks import Block, blocks_of
from app.domain.quality.dimension import Finding, part_of
from app.domain.quality.parsing import Parse
from app.domain.quality.python_source import parsed

_DEFINING: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_SURELY_PYTHON: Final = re.compile(
    r"^\s*(?:def \w+\(.*:\s*$|from \w[\w.]* import |import \w+\s*$|elif .*:|except\b.*:)", re.M
)


@dataclass(frozen=True, slots=True)
class Checked:
    """A block with all parts of its tree where it is Python; `fault` says what is wrong with it, None when nothing is.

    `sure`: a parser said so, not only a look at delimiters. `line`, from 1, is where the fault is, if known.
    """

    block: Block
    parts: tuple[ast.AST, ...] | None
    fault: str | None
    sure: bool
    line: int | None = None


def checked(text: str, parse: Parse | None = None) -> tuple[Checked, ...]:
    """All code of the answer, each block parsed once, those that are neither Python nor JSON by `parse`."""
    return tuple(_check(block, parse) for block in blocks_of(text))


def syntax(blocks: Sequence[Checked]) -> Finding:
    """The part of the code, by characters, that parses; by its delimiters alone where there is no parser for it."""
    if not blocks:
        return Finding(0.0, "no code is found")
    whole = sum(len(each.block.source) for each in blocks)
    right = sum(len(each.block.source) for each in blocks if each.fault is None)
    faults = "; ".join(sorted({each.fault for each in blocks if each.fault}))
    how = "parsed" if all(each.sure for each in blocks) else "checked by its delimiters"
    return Finding(part_of(whole, right), faults or f"all code is {how} without fault")


def is_closed(each: Checked) -> bool:
    """Whether faulty code goes on to its end: the fault is above its last line, and all delimiters close."""
    below = each.block.source.rstrip().count("\n") + 1
    return each.line is not None and each.line < below and unbalanced(each.block.source, each.block.language) is None


def defined(parts: Sequence[ast.AST]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Functions and classes among the parts of a tree."""
    for found in parts:
        if isinstance(found, _DEFINING):
            yield found


def parts_of(tree: ast.Module) -> tuple[ast.AST, ...]:
    """The tree and all its parts that have parts of their own, in no certain order."""
    waiting: list[ast.AST] = [tree]
    found: list[ast.AST] = []
    while waiting:
        part = waiting.pop()
        found.append(part)
        for name in part._fields:
            value = getattr(part, name, None)
            if type(value) is list:
                waiting.extend([each for each in value if isinstance(each, ast.AST) and each._fields])
            elif isinstance(value, ast.AST) and value._fields:
                waiting.append(value)
    return tuple(found)


def _check(block: Block, parse: Parse | None) -> Checked:
    language, source = block.language, block.source
    if language in ("python", ""):
        tree = parsed(source)
        if isinstance(tree, ast.Module):
            return Checked(Block("python", source), parts_of(tree), None, sure=True)
        if isinstance(tree, int) and (language or _SURELY_PYTHON.search(source)):
            return Checked(Block("python", source), None, f"line {tree} does not parse", sure=True, line=tree)
    if language == "json" or (not language and source.lstrip()[:1] in ("{", "[")):
        if found_json(source.strip()):
            return Checked(block, None, None, sure=True)
        if language:
            return Checked(block, None, "the JSON does not parse", sure=True)
    found = None if parse is None or not language else parse(language, source)
    if found is None:
        return Checked(block, None, unbalanced(source, language), sure=False)
    fault = None if found.line is None else f"line {found.line} does not parse"
    return Checked(block, None, fault, sure=True, line=found.line)

"""What makes code hard to trust: parts left out, functions nobody explains, habits that are known to bite."""

import ast
import re
from collections.abc import Callable, Sequence
from typing import Final

from app.domain.quality.code import Checked, defined
from app.domain.quality.dimension import Finding, part_of

_PER_HABIT: Final = 25.0
_PER_GAP: Final = 40.0
_OBVIOUS: Final = 3  # lines of a function that explains itself
_LONG: Final = 60
_WIDE: Final = 160
_SECRET: Final = re.compile(
    r"(?i)\b(?:password|passwd|secret|api_?key|token)\w*\s*[:=]\s*[\"'](?!\s*[\"']|<|\{|your|xxx|\*)[^\"'\s]{6,}[\"']"
)
_HINTS: Final = ("pass", "secret", "key", "token")  # a look for them costs less than the expression
_SQL: Final = re.compile(r"(?i)[\"'](?:select|insert|update|delete)\b[^\"'\n]*[\"']\s*(?:\+|%|\.format\()")
_EVAL: Final = re.compile(r"\beval\s*\(")
_GAP: Final = re.compile(
    r"(?im)(?:#|//|/\*|--|<!--)\s*(?:\.\.\.|…|(?:the )?rest of|(?:your|add|insert|implement|existing|remaining|more)\b"
    r"[^\n]{0,40}\b(?:code|here|logic|implementation|method|function)s?\b|TO-?DO\b|FIX-?ME\b)"
)
_FUNCTION: Final = re.compile(
    r"^[ \t]*(?:export\s+|public\s+|private\s+|static\s+|async\s+|pub\s+)*(?:function|func|fn|def|sub)\s+\w+", re.M
)
_COMMENT: Final = re.compile(r"^\s*(?:///?|#(?!include)|/?\*|--|\"\"\"|'''|<!--)")


def documentation(blocks: Sequence[Checked]) -> Finding | None:
    """The part of functions and classes of more than three lines that say what they do; None where there is none.

    A docstring, or a comment above or within; one each is enough, more earns nothing.
    """
    told = [said for each in blocks for said in _explained(each)]
    if not told:
        return None
    return Finding(
        part_of(len(told), sum(told)), f"{sum(told)} of {len(told)} longer functions and classes are explained"
    )


def practices(blocks: Sequence[Checked]) -> Finding | None:
    """100 less 25 for each kind of bad habit, however often it stands there; None without code that holds together."""
    sound = [each for each in blocks if each.fault is None]
    if not sound:
        return None
    found = sorted({habit for each in sound for habit in _habits(each)})
    return Finding(max(0.0, 100.0 - _PER_HABIT * len(found)), ", ".join(found) or "no known bad habit is found")


def gaps(blocks: Sequence[Checked]) -> int:
    """Places where code is left out: bodies that do nothing, comments that stand for code."""
    return sum(
        sum(1 for _ in _GAP.finditer(each.block.source)) + (_empty_bodies(each.parts) if each.parts else 0)
        for each in blocks
    )


def wholeness(blocks: Sequence[Checked], end: Finding) -> Finding:
    """How the answer ends, less 40 for each place where code is left out."""
    left = gaps(blocks)
    return Finding(
        max(0.0, end.points - _PER_GAP * left), end.why + (f"; {left} parts of the code are left out" if left else "")
    )


def _explained(each: Checked) -> list[bool]:
    lines = each.block.source.splitlines()
    if each.parts is None:
        starts = [each.block.source.count("\n", 0, found.start()) for found in _FUNCTION.finditer(each.block.source)]
        ends = [*starts[1:], len(lines)]
        return [
            any(_COMMENT.match(line) for line in lines[max(0, at - 1) : at + 3])
            for at, end in zip(starts, ends, strict=False)
            if end - at > _OBVIOUS
        ]
    found = []
    for one in defined(each.parts):
        begin, end = one.lineno - 1, one.end_lineno or one.lineno
        if end - begin > _OBVIOUS:
            near = lines[max(0, begin - 1) : end]
            found.append(ast.get_docstring(one, clean=False) is not None or any(_COMMENT.match(line) for line in near))
    return found


def _habits(each: Checked) -> list[str]:
    source, lower = each.block.source, each.block.source.lower()
    seen = {
        "a secret stands in the code": any(hint in lower for hint in _HINTS) and _SECRET.search(source),
        "SQL is put together from strings": _SQL.search(source),
        f"lines of more than {_WIDE} characters": any(len(line) > _WIDE for line in source.splitlines()),
        "text is run as code": _EVAL.search(source) if each.parts is None else None,
    }
    if each.parts is not None:
        checks = [(_PYTHON.get(type(part), ()), part) for part in each.parts]
        seen |= {why: True for found, part in checks for why, check in found if check(part)}
    return [why for why, there in seen.items() if there]


def _empty_bodies(parts: Sequence[ast.AST]) -> int:
    return sum(
        not isinstance(one, ast.ClassDef) and all(_does_nothing(line) for line in one.body) for one in defined(parts)
    )


def _does_nothing(line: ast.stmt) -> bool:
    match line:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Raise(exc=ast.Name(id=name) | ast.Call(func=ast.Name(id=name))):
            return name.startswith("NotImplemented")
        case _:
            return False


def _runs_text(one: ast.AST) -> bool:
    match one:
        case ast.Call(func=ast.Name(id="eval" | "exec"), args=[first, *_]):
            return not isinstance(first, ast.Constant)
        case _:
            return False


def _swallows(one: ast.AST) -> bool:
    match one:
        case ast.ExceptHandler(type=None):
            return True
        case ast.ExceptHandler(type=ast.Name(id="Exception" | "BaseException"), body=[ast.Pass()]):
            return True
        case _:
            return False


def _shares_default(one: ast.AST) -> bool:
    return isinstance(one, ast.arguments) and any(
        isinstance(default, ast.List | ast.Dict | ast.Set) for default in [*one.defaults, *one.kw_defaults]
    )


def _compares_none(one: ast.AST) -> bool:
    return (
        isinstance(one, ast.Compare)
        and isinstance(one.ops[0], ast.Eq | ast.NotEq)
        and isinstance(one.comparators[0], ast.Constant)
        and one.comparators[0].value is None
    )


def _imports_all(one: ast.AST) -> bool:
    return isinstance(one, ast.ImportFrom) and any(name.name == "*" for name in one.names)


def _is_long(one: ast.AST) -> bool:
    return isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and (one.end_lineno or 0) - one.lineno >= _LONG


_LONG_FUNCTION: Final = (f"functions of more than {_LONG} lines", _is_long)
_PYTHON: Final[dict[type[ast.AST], tuple[tuple[str, Callable[[ast.AST], bool]], ...]]] = {
    ast.Call: (("text is run as code", _runs_text),),
    ast.ExceptHandler: (("failures are swallowed", _swallows),),
    ast.arguments: (("a default value is shared between calls", _shares_default),),
    ast.Compare: (("None is compared by equality", _compares_none),),
    ast.ImportFrom: (("everything is imported", _imports_all),),
    ast.FunctionDef: (_LONG_FUNCTION,),
    ast.AsyncFunctionDef: (_LONG_FUNCTION,),
}

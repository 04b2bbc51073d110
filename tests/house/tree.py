"""The tree as the house tests see it: every file of the repository, and every source parsed once."""

import ast
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOT_OURS = re.compile(
    r"\.git|\.venv.*|__pycache__|var|\.(mypy|ruff|pytest|import_linter)_cache|\.hypothesis|build|dist"
)
NOT_TEXT = frozenset({".tiktoken", ".png", ".ico", ".woff2", ".gz", ".pyc"})
NOT_COMMITTED = re.compile(r"\.env|\.coverage.*")


@dataclass(frozen=True, slots=True)
class Source:
    """`path` is relative to the repository, with forward slashes."""

    path: str
    text: str
    tree: ast.Module

    @property
    def lines(self) -> list[str]:
        """The lines of the file."""
        return self.text.splitlines()


@dataclass(frozen=True, slots=True)
class Named:
    """A name that the code gives to something: `kind` is class, function, argument, field, table, column or route."""

    kind: str
    name: str
    line: int


def files() -> Iterator[Path]:
    """Every text file that is, or could be, committed."""
    for folder, below, names in os.walk(ROOT):
        below[:] = sorted(name for name in below if not NOT_OURS.fullmatch(name))
        for name in sorted(names):
            path = Path(folder, name)
            if path.suffix not in NOT_TEXT and not NOT_COMMITTED.fullmatch(name):
                yield path


@cache
def sources() -> tuple[Source, ...]:
    """app/, config.py and run.py."""
    paths = [*sorted((ROOT / "app").rglob("*.py")), ROOT / "config.py", ROOT / "run.py"]
    return tuple(parsed(path) for path in paths)


def parsed(path: Path) -> Source:
    """One Python file."""
    text = path.read_text(encoding="utf-8")
    return Source(path.relative_to(ROOT).as_posix(), text, ast.parse(text, str(path)))


def functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method, nested ones too."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imported(node: ast.AST) -> Iterator[tuple[str, int]]:
    """Dotted names, with their line, that import statements anywhere under the node name."""
    for found in ast.walk(node):
        if isinstance(found, ast.Import):
            yield from ((alias.name, found.lineno) for alias in found.names)
        if isinstance(found, ast.ImportFrom):
            yield from ((f"{found.module}.{alias.name}", found.lineno) for alias in found.names)


def typing_only(source: Source) -> set[int]:
    """Lines under `if TYPE_CHECKING:`, which nothing executes."""
    found: set[int] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            found.update(range(node.lineno, (node.body[-1].end_lineno or node.lineno) + 1))
    return found


def names(source: Source) -> Iterator[Named]:
    """Every name that the file gives to a class, function, argument, field, table, column or route."""
    for node in ast.walk(source.tree):
        match node:
            case ast.ClassDef():
                yield Named("class", node.name, node.lineno)
                for line in node.body:
                    if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                        yield Named("field", line.target.id, line.lineno)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield Named("function", node.name, node.lineno)
                every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                yield from (Named("argument", argument.arg, node.lineno) for argument in every)
            case ast.Call(args=[ast.Constant(value=str(text)), *_]):
                kind = _kind(node.func)
                if kind:
                    yield Named(kind, text, node.lineno)


def _kind(function: ast.expr) -> str | None:
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if called in {"Table", "Column"}:
        return called.lower()
    if isinstance(function, ast.Attribute) and called in {"get", "post", "put", "patch", "delete"}:
        return "route" if getattr(function.value, "id", "") == "door" else None
    return None

"""Python is parsed, never run; and only what cannot exhaust the parser's stack."""

import ast
import re
import textwrap
from typing import Final

MOST_SOURCE: Final = 50_000
_MOST_NESTED: Final = 40  # brackets; the parser goes down some ten C frames for each
_MOST_PREFIXES: Final = 300  # operators and words after which it goes down again without a bracket
_LITERAL: Final = re.compile(
    r"(?P<formatted>\b[rRfF]{1,2})?(?:'''(?:\\.|[^\\])*?'''|\"\"\"(?:\\.|[^\\])*?\"\"\"|'(?:\\.|[^'\\\n])*'|"
    r"\"(?:\\.|[^\"\\\n])*\")|#[^\n]*",
    re.DOTALL,
)
_SIGNS: Final = ("lambda", "not", "else", "elif", "await", "**", "-", "+", "~")
_PREFIX: Final = re.compile(
    r"\b(?:lambda|not|else|elif|await)\b|\*\*|(?:^|[^\w)\]}\s'\"]|\b(?:return|in|and|or|is|if))\s*[-+~]"
)


def parsed(source: str) -> ast.Module | int | None:
    """The tree; the line that does not parse (from 1); None for what is too long or too deep to be parsed here.

    A deep expression would overflow the C stack of a thread, which no exception tells.
    """
    if len(source) > MOST_SOURCE or "\0" in source:
        return None
    source = _without_answers(source)
    if source.lstrip("\r\n")[:1] in (" ", "\t"):
        source = textwrap.dedent(source)
    if too_deep(source):
        return None
    try:
        return ast.parse(source)
    except SyntaxError as error:
        return error.lineno or 1
    except (ValueError, RecursionError, MemoryError):
        return None


def too_deep(source: str) -> bool:
    """Whether parsing could go deeper than is safe; errs on the side of too deep."""
    bare = _LITERAL.sub(lambda found: _brackets(found[0]) if found["formatted"] else "''", source)
    # As many as there are at most are soon counted; only beyond the limit it matters which they are.
    if sum(map(bare.count, _SIGNS)) > _MOST_PREFIXES and len(_PREFIX.findall(bare)) > _MOST_PREFIXES:
        return True
    return _depth(bare) > _MOST_NESTED


def _brackets(literal: str) -> str:
    """What stands in a formatted string is parsed too: its brackets, nested as deeply as they can possibly be."""
    body = literal.lstrip("rRfF")[1:-1]
    depth = (
        body.count("(") + body.count("[") + (body.count("{") if re.search("['\"]", body.strip("'\"")) else _depth(body))
    )
    return "(" * depth + ")" * depth


def _depth(text: str) -> int:
    depth = most = 0
    for sign in re.findall(r"[()\[\]{}]", text):
        depth = depth + 1 if sign in "([{" else max(0, depth - 1)
        most = max(most, depth)
    return most


def _without_answers(source: str) -> str:
    """Of an interactive session what was typed; of anything else all."""
    if not source.lstrip().startswith(">>>"):
        return source
    return "\n".join(line.lstrip()[4:] for line in source.splitlines() if line.lstrip().startswith((">>>", "...")))

"""`<<NAME>>` in a prompt is a mark: filled from the input of that name, left as it stands where there is none."""

import re
from collections.abc import Mapping
from typing import Final

HELD: Final = "marked_"  # what the template engine calls the inputs that are marked
NOT_INPUTS: Final = frozenset(("outputs", "parsed"))
# Expressions, tags, comments and raw text are left alone: only plain text holds marks.
PIECE: Final = re.compile(
    r"\{%[-+]?\s*raw\s*[-+]?%\}.*?\{%[-+]?\s*endraw\s*[-+]?%\}|\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|<<([A-Za-z0-9_-]+)>>",
    re.DOTALL,
)


def names(source: str) -> tuple[str, ...]:
    """Names of the marks, each once, in order of appearance."""
    if "<<" not in source:
        return ()
    return tuple(dict.fromkeys(found[1] for found in PIECE.finditer(source) if found[1] is not None))


def opened(source: str, values: Mapping[str, object]) -> tuple[str, dict[str, object]]:
    """The prompt with each mark that has a value as an expression, and what those expressions look up.

    The value itself never becomes a part of the prompt, so that nothing in it is read as one.
    """
    held: dict[str, object] = {}

    def turn(found: re.Match[str]) -> str:
        name = found[1]
        if name is None or name not in values or name in NOT_INPUTS:
            return found[0]
        held[name] = values[name]
        return f'{{{{ {HELD}["{name}"] }}}}'

    opened_source = PIECE.sub(turn, source)
    return opened_source, {HELD: held} if held else {}

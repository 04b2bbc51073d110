"""The code in an answer: its fenced blocks, else all of it when it looks like code, a shell's commands or SQL."""

import re
from dataclasses import dataclass
from typing import Final

from app.domain.quality.commands import language_of

MOST_CODE: Final = 50_000  # characters, of all blocks together
_MOST_BLOCKS: Final = 20
_FENCE: Final = re.compile(r"^[ \t]*```[ \t]*([\w+#.-]*)[^\n]*\n(.*?)(?:^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE)
_NAMES: Final = {
    "py": "python",
    "python3": "python",
    "pycon": "python",
    "js": "javascript",
    "jsx": "javascript",
    "ts": "javascript",
    "tsx": "javascript",
    "typescript": "javascript",
    "node": "javascript",
    "golang": "go",
    "rs": "rust",
    "c++": "cpp",
    "cxx": "cpp",
    "cc": "cpp",
    "h": "c",
    "hpp": "cpp",
    "c#": "csharp",
    "cs": "csharp",
    "rb": "ruby",
    "jsonc": "json",
    "sh": "shell",
    "bash": "shell",
    "zsh": "shell",
    "console": "shell",
    "powershell": "shell",
}
_ASIDE: Final = frozenset({"shell", "text", "txt", "output", "plaintext", "log", "diff", "markdown", "md"})
_CODE_LINE: Final = re.compile(
    r"[{};]\s*$|^\s*(?:def|class|import|from\s+\S+\s+import|return|func|fn|function|const|let|var|public|private|static|"
    r"#include|package)\b|^\s*(?:if|for|while|with|elif|except)\b.*:\s*$|^\s*(?:else|try|finally):\s*$|"
    r"^\s*(?:(?:SELECT|select)\b.+\b(?i:from)|(?i:create\s+table|insert\s+into|update\b.+\bset))\b|^\s*[@<][/a-zA-Z!]|"
    r"^\s*[\w.\[\]]+\s*(?:[-+*/|&]?=|:=)\s*\S|^\s*[\w.]+\(.*\)\s*;?\s*$|^\s*(?://|#|/\*|\*)"
)
_SHARE: Final = 0.5  # lines that look like code, of a text without a fence


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of code; `language` as its fence says, in one spelling, empty without."""

    language: str
    source: str


def blocks_of(text: str) -> tuple[Block, ...]:
    """The code, at most 50 000 characters in 20 blocks; commands and output beside other code are left out."""
    found = tuple(
        Block(_NAMES.get(match[1].lower(), match[1].lower()), match[2])
        for _, match in zip(range(_MOST_BLOCKS), _FENCE.finditer(text[:MOST_CODE]), strict=False)
        if match[2].strip()
    )
    if found:
        return tuple(block for block in found if block.language not in _ASIDE) or found
    lines = [line for line in text[:MOST_CODE].splitlines() if line.strip()]
    language = language_of(lines) if lines else ""
    if language:
        return (Block(language, text[:MOST_CODE]),)
    alike = sum(bool(_CODE_LINE.search(line)) for line in lines)
    return (Block("", text[:MOST_CODE]),) if lines and alike >= _SHARE * len(lines) else ()


def around(text: str) -> str:
    """What stands around the fenced blocks."""
    return _FENCE.sub("\n", text[:MOST_CODE])

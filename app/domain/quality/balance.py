"""Code of other languages is checked by its delimiters: brackets, strings and comments that close."""

import re
from typing import Final

_PAIRS: Final = {")": "(", "]": "[", "}": "{"}
_HASHED: Final = frozenset({"shell", "ruby", "rb", "perl", "r", "yaml", "yml", "toml", "elixir", "python", "julia"})
_DASHED: Final = frozenset({"sql", "haskell", "hs", "lua", "ada"})
_TAGGED: Final = frozenset({"html", "xml", "svg", "vue"})
_STRING: Final = r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`"
_SIGNS: Final = r"(?P<sign>[()\[\]{}])|(?P<open>\"|/\*|`)"
_SLASHED: Final = re.compile(rf"//[^\n]*|/\*.*?\*/|{_STRING}|{_SIGNS}", re.DOTALL)
_COMMENTED: Final = {
    "#": re.compile(rf"(?<![\w$&]){re.escape('#')}[^\n]*|{_STRING}|{_SIGNS}", re.DOTALL),
    "--": re.compile(rf"--[^\n]*|/\*.*?\*/|{_STRING}|{_SIGNS}", re.DOTALL),
}
_TAG: Final = re.compile(
    r"<!--.*?-->|<(/?)([a-zA-Z][\w:-]*)(?:\"[^\"]{0,500}\"|'[^']{0,500}'|[^<>\"']){0,400}?(/?)>", re.DOTALL
)
_ALONE: Final = "area base br col embed hr img input link meta param source track wbr"
_VOID: Final = frozenset(_ALONE.split())
_LEFT_OPEN: Final = "p li td th tr dt dd option thead tbody tfoot html head body"
_OPTIONAL: Final = frozenset(_LEFT_OPEN.split())


def unbalanced(source: str, language: str) -> str | None:
    """What does not close, in words of ours; None when all does."""
    if language in _TAGGED:
        return _tags(source)
    pattern = _COMMENTED["#"] if language in _HASHED else _COMMENTED["--"] if language in _DASHED else _SLASHED
    waiting: list[str] = []
    for found in pattern.finditer(source):
        if found["open"]:
            return "a string or comment is not closed"
        sign = found["sign"]
        if sign in _PAIRS:
            if not waiting or waiting.pop() != _PAIRS[sign]:
                return "a bracket closes that was not opened"
        elif sign:
            waiting.append(sign)
    return f"{len(waiting)} brackets are not closed" if waiting else None


def _tags(source: str) -> str | None:
    waiting: list[str] = []
    for found in _TAG.finditer(source):
        name = (found[2] or "").lower()
        if not name or found[3] or name in _VOID:
            continue
        if not found[1]:
            waiting.append(name)
            continue
        while waiting and waiting[-1] != name and waiting[-1] in _OPTIONAL:
            waiting.pop()
        if not waiting or waiting.pop() != name:
            return "a tag closes that was not opened"
    return "a tag is not closed" if any(name not in _OPTIONAL for name in waiting) else None

"""The language of words is told by their script, else by the small words among them."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from app.domain.quality.function_words import ALL, BY_LANGUAGE

_LEAST: Final = 3  # function words of a language
_SHARE: Final = 12  # one among so many words at least
_MARGIN: Final = 1.2  # times as many as of the next language
_SCRIPTS: Final = (
    ("kana", "\u3040", "\u30ff"),
    ("han", "\u3400", "\u9fff"),
    ("hangul", "\uac00", "\ud7af"),
    ("cyrillic", "\u0400", "\u052f"),
    ("greek", "\u0370", "\u03ff"),
    ("hebrew", "\u0590", "\u05ff"),
    ("arabic", "\u0600", "\u06ff"),
    ("devanagari", "\u0900", "\u097f"),
)
_KANA_SHARE: Final = 10  # Japanese is written in Han signs too
_AFTER_LATIN: Final = "\u0370"


def language_of(words: Sequence[str]) -> str | None:
    """A code such as `en`, or the name of a script that is not Latin; None when the words do not tell."""
    first = "".join([word[0] for word in words])
    if not first.isascii() and max(first) >= _AFTER_LATIN:
        scripts = Counter(_script(sign) for sign in first)
        if scripts["kana"] * _KANA_SHARE > len(words):
            return "kana"
        name, count = scripts.most_common(1)[0]
        if name and count * 2 > len(words):
            return name
    seen = Counter([word for word in words if word in ALL])
    hits = sorted(((sum(seen[word] for word in small & seen.keys()), code) for code, small in BY_LANGUAGE.items()))
    (next_most, _), (most, code) = hits[-2], hits[-1]
    return code if most >= max(_LEAST, len(words) / _SHARE) and most >= _MARGIN * next_most else None


def _script(sign: str) -> str:
    return next((name for name, first, last in _SCRIPTS if first <= sign <= last), "")

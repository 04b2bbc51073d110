"""Structure: a long answer is divided, so that a part can be found; a short one needs no parts."""

import re
from typing import Final

from app.domain.quality.dimension import Finding, Unmeasured, falling
from app.domain.quality.instructions import items
from app.domain.quality.work import Work

_SHORT: Final = 80  # words that need no parts
_ROOM: Final = 120  # words that a part may have
_TOO_MUCH: Final = 300
_HEADING: Final = re.compile(r"^\s*(?:#{1,6}\s+\S|\*\*[^*\n]{2,80}\*\*:?\s*$|[^.!?\n]{2,60}:\s*$|\|.*\|\s*$)")


def structure(work: Work) -> Finding | Unmeasured:
    """By the longest stretch of words between headings, items, paragraphs or fields: 100 to 120 words, 0 from 300 on.

    More parts than that earn nothing. Data are structured by themselves; up to 80 words need no parts.
    """
    answer = work.answer
    if answer.data:
        return Finding(100.0, "given as data")
    if len(answer.words) <= _SHORT:
        return Unmeasured("short enough to need no parts")
    longest = max(len(part.split()) for part in re.split(r"\n\s*\n|\n(?=\s*(?:[-*•+#]|\d{1,3}[.)]))", answer.text))
    return Finding(falling(longest, full=_ROOM, none=_TOO_MUCH), f"the longest undivided part has {longest} words")


def sections(work: Work) -> int:
    """Headings, each once, or fields of the data, or items where there is neither."""
    value = work.answer.data[0] if work.answer.data else None
    if value is not None:
        return len(value) if isinstance(value, dict | list) else 0
    return sum(bool(_HEADING.match(line)) for line in set(work.answer.lines)) or items(work.answer)

"""An answer is complete when it does not break off and leaves nothing to be filled in."""

import re
from typing import Final

from app.domain.comparison.found_json import MOST_TEXT
from app.domain.quality.dimension import Finding
from app.domain.quality.function_words import ALL
from app.domain.quality.marks import placeholders
from app.domain.quality.pairs import is_pair, value_of
from app.domain.quality.reading import bounded, words_of
from app.domain.quality.work import Work

DOUBTFUL: Final = 40.0  # points of an answer that probably broke off
_PER_PLACEHOLDER: Final = 30.0
_SHORT: Final = 12  # words of a last line that needs no full stop
_ENDED: Final = re.compile(r"[.!?…。！？:;)\]}|>`*_\"'”’»]\s*$")
_DANGLING: Final = re.compile(r"(?:[,(\[{–—=+/\\]|\w-)\s*$")
_CONTINUED: Final = re.compile(
    r"(?:\.\.\.|…|[\[(](?:continued|truncated|cut off|to be continued)[^\])]{0,20}[\])])\s*$", re.I
)
_ITEM: Final = re.compile(r"^\s*(?:[-*•+]|\d{1,3}[.)])\s+")


def completeness(work: Work) -> Finding:
    """100 for an answer that ends as texts end, 40 where it probably broke off, 0 where it surely did.

    Each place left to be filled in costs 30. Only the end is looked at, so length earns nothing.
    """
    end = _end(work)
    left = placeholders(work.answer.text)
    return Finding(
        max(0.0, end.points - _PER_PLACEHOLDER * left), end.why + (f"; {left} places left to fill in" if left else "")
    )


def _end(work: Work) -> Finding:
    text = work.text.rstrip()
    if text.count("```") % 2:
        return Finding(0.0, "ends inside a fenced block")
    if text[:1] in ("{", "[") and len(text) <= MOST_TEXT and not work.answer.data and text[-1:] not in ("]", ")", "."):
        return Finding(0.0, "ends inside its data")
    if work.answer.data:
        return Finding(100.0, "its data are closed")
    if _CONTINUED.search(text[-80:]):
        return Finding(0.0, "says itself that it goes on")
    return _last_line(bounded(text))


def _last_line(text: str) -> Finding:
    lines = [line for line in text.splitlines() if line.strip()]
    last = lines[-1]
    words = words_of(value_of(last) if is_pair(last) else last)
    if _DANGLING.search(last) or (len(words) > 2 and words[-1] in ALL and not _ENDED.search(last)):
        return Finding(0.0, "breaks off within a sentence")
    if _ENDED.search(last) or _may_be_open(lines, words):
        return Finding(100.0, "ends as a text ends")
    return Finding(DOUBTFUL, "the last sentence has no end mark")


def _may_be_open(lines: list[str], words: tuple[str, ...]) -> bool:
    """Whether lines like the last one need no end mark here: items as others are, a signature, a short answer."""
    last = lines[-1]
    if len(lines) > 1 and is_pair(last) and 2 * sum(map(is_pair, lines)) > len(lines):
        return len(words) <= _SHORT and not re.search(r"[.!?]\s", value_of(last))  # data, as the lines above it
    if len(lines) == 1:
        return len(words) <= _SHORT and not re.search(r"[.!?]\s", last)
    if last.startswith("#"):
        return False  # a heading that nothing follows
    if _ITEM.match(last):
        others = [line for line in lines[:-1] if _ITEM.match(line)]
        return 2 * sum(bool(_ENDED.search(line)) for line in others) <= len(others)
    named = all(word[:1].isupper() or not word[:1].isalpha() for word in last.split())
    return len(words) <= 4 and (named or lines[-2].rstrip().endswith(","))

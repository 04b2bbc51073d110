"""A model that has lost its thread says the same again and again, or says the question back."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from app.domain.quality.reading import words_of
from app.domain.routing.doubt import Doubt

_TIMES: Final = 4
_SHARE: Final = 0.3  # of all sentences
_WORDS: Final = 4  # of a sentence that counts
_TAIL: Final = 400  # characters
_LONG: Final = 6  # words of a prompt that can be echoed
_CIRCLE: Final = re.compile(r"(?P<piece>(?=[^\n]*[^\W\d_])[^\n]{2,60}?)(?P=piece){5,}\S{0,60}\s*\Z")
_PIECES: Final = re.compile(r"(?<=[.!?…])\s+|\n+")
_WISHED: Final = re.compile(r"\b(?:repeat\w*|times|again|echo|copy|wiederhol\w*|répèt\w*|repit\w*|verbatim)\b", re.I)


def looping(text: str, *, asked: str) -> Iterator[Doubt]:
    """Doubts of an answer that goes in circles or echoes what was asked; none where repeating was asked for."""
    if _WISHED.search(asked):
        return
    pieces = [words for piece in _PIECES.split(text.lower()) if len(words := tuple(piece.split())) >= _WORDS]
    most = Counter(pieces).most_common(1)
    if most and most[0][1] >= _TIMES and most[0][1] >= _SHARE * len(pieces):
        yield Doubt("loop", 1.0, f"one sentence stands there {most[0][1]} times")
    elif _CIRCLE.search(text[-_TAIL:]):
        yield Doubt("loop", 1.0, "ends in a circle")
    if len(text) <= 2 * len(asked) and len(said := words_of(text)) >= _LONG and said == words_of(asked):
        yield Doubt("echo", 1.0, "says the question back")

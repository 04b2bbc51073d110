"""What a text says is grounded when its numbers and names stand in the text that it is about."""

import re
from typing import Final

from app.domain.quality.reading import Reading, words_of

_NUMBER: Final = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*")
_NAME: Final = re.compile(r"(?<=[\w,;] )[A-ZÀ-Þ][\w'’-]{2,}")  # a capital within a sentence


def particulars(reading: Reading) -> frozenset[str]:
    """Numbers, and words in capitals within a sentence, without separators of thousands and in lower case."""
    found: set[str] = set()
    for sentence in reading.sentences:
        found.update(plain(number) for number in _NUMBER.findall(sentence.text))
        found.update(name.lower() for name in _NAME.findall(sentence.text))
    return frozenset(found)


def known(source: Reading) -> frozenset[str]:
    """All numbers and words of the source, to look particulars up in."""
    return frozenset(plain(number) for number in _NUMBER.findall(source.text)) | frozenset(words_of(source.text))


def plain(number: str) -> str:
    """The number without separators of thousands: `1,200` is `1200`, `3.5` stays."""
    return re.sub(r",(?=\d{3}(?:\D|$))", "", number)


def holds(words: frozenset[str], particular: str) -> bool:
    """Whether a particular stands among the words, as it is or without an ending."""
    return particular in words or particular.removesuffix("'s").removesuffix("’s") in words

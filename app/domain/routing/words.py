"""Lists of words, and their search in a text as whole words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

_WORDS: Final = re.compile(r"\w+")
# The same for ASCII in a fifth of the time: what belongs to no word becomes a space.
_ASCII: Final = "".join(sign.lower() if sign.isalnum() or sign == "_" else " " for sign in map(chr, range(128)))


@dataclass(frozen=True, slots=True)
class WordList:
    """Words and phrases in lower case; a hyphen or an apostrophe parts words as a space does.

    `single` are the words; `phrases` maps the first word of each phrase to all its words.
    """

    single: frozenset[str]
    phrases: dict[str, tuple[tuple[str, ...], ...]]

    @classmethod
    def of(cls, *texts: str) -> Self:
        """The list of all entries, separated by commas."""
        entries = {split(entry) for text in texts for entry in text.split(",") if entry.strip()}
        phrases: dict[str, tuple[tuple[str, ...], ...]] = {}
        for entry in sorted(entry for entry in entries if len(entry) > 1):
            phrases[entry[0]] = (*phrases.get(entry[0], ()), entry)
        return cls(frozenset(entry[0] for entry in entries if len(entry) == 1), phrases)

    def also(self, entries: Sequence[str]) -> Self:
        """The list with more entries, each a word or a phrase."""
        more = self.of(*entries)
        phrases = dict(self.phrases)
        for start, several in more.phrases.items():
            phrases[start] = (*phrases.get(start, ()), *several)
        return type(self)(self.single | more.single, phrases)

    def found(self, words: Sequence[str], counts: Mapping[str, int]) -> tuple[str, ...]:
        """Which entries occur among the words of a text, each once, sorted; never a part of a word.

        `counts` says how often each of the words occurs.
        """
        hits = set(self.single.intersection(counts))
        for start in self.phrases.keys() & counts.keys():
            place = -1
            for _ in range(counts[start]):
                place = words.index(start, place + 1)
                for phrase in self.phrases[start]:
                    if tuple(words[place : place + len(phrase)]) == phrase:
                        hits.add(" ".join(phrase))
        return tuple(sorted(hits))

    def count(self, counts: Mapping[str, int]) -> int:
        """How often single words of the list occur, given how often each word does."""
        return sum(counts[word] for word in self.single.intersection(counts))


def split(text: str) -> tuple[str, ...]:
    """The words of a text in lower case: runs of letters, digits and underscores."""
    return tuple(text.translate(_ASCII).split() if text.isascii() else _WORDS.findall(text.lower()))

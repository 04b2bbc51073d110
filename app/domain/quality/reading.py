"""A text is read once, within bounds: its words, its sentences, and which of them are prose."""

import re
from dataclasses import dataclass
from typing import Final

from app.domain.comparison.found_json import found_json
from app.domain.quality.function_words import ALL
from app.domain.quality.tongue import language_of

MOST_HEAD: Final = 16_000  # characters of a long text that are read from its beginning
MOST_TAIL: Final = 4_000  # and from its end
STEM: Final = 6
_LEAST_PROSE: Final = 4  # words of a sentence
_PROSE_SHARE: Final = 5  # one function word among so many words at least
_DISTINCT: Final = 0.6  # of the words of a sentence; rows of keywords come again and again
_MOST_LEAVES: Final = 2_000
_PICTURED: Final = r"\u3040-\u30ff\u3400-\u9fff"  # each sign is taken for a word
_FIRST_PICTURED: Final = "\u3040"
_WORD: Final = re.compile(rf"[{_PICTURED}]|[^\W_{_PICTURED}]+(?:['’\-][^\W_{_PICTURED}]+)*")
_ENDING: Final = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[。！？])")
_FENCED: Final = re.compile(r"^[ \t]*```.*?(?:^[ \t]*```[^\n]*$|\Z)", re.DOTALL | re.MULTILINE)
_BULLET: Final = re.compile(r"^\s*(?:[-*•+]|\d{1,3}[.)]|#{1,6})\s+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """`words` are folded; `content` are the stems of those that carry meaning; prose has small words among them."""

    text: str
    words: tuple[str, ...]
    content: frozenset[str]
    prose: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """`text` as far as it is read, fenced blocks included; lines, sentences and words are of what stands around them.

    Of a text that is JSON, `data` holds its value, and its strings are the lines. `language` is None where untold.
    """

    text: str
    lines: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    words: tuple[str, ...]
    content: frozenset[str]
    data: tuple[object, ...]
    language: str | None

    @property
    def prose(self) -> tuple[Sentence, ...]:
        """Those sentences that are prose, each once however often it stands there."""
        return tuple({sentence.words: sentence for sentence in self.sentences if sentence.prose}.values())


def read(text: str) -> Reading:
    """The reading of the text's first MOST_HEAD and last MOST_TAIL characters."""
    near = bounded(text)
    data = found_json(text) if near.lstrip()[:7].startswith(("{", "[", "```json")) else ()
    spoken = "\n".join(leaves(data[0]))[:MOST_HEAD] if data else _FENCED.sub("\n", near)
    lines = tuple(line for line in spoken.splitlines() if line.strip())
    sentences = tuple(
        sentence_of(piece)
        for line in lines
        for piece in _ENDING.split(_BULLET.sub("", line))
        if piece and not piece.isspace()
    )
    words = tuple(word for sentence in sentences for word in sentence.words)
    content = frozenset().union(*(sentence.content for sentence in sentences))
    return Reading(near, lines, sentences, words, content, data, language_of(words))


def bounded(text: str) -> str:
    """The text, or its beginning and end when it is longer than what is read."""
    return text if len(text) <= MOST_HEAD + MOST_TAIL else f"{text[:MOST_HEAD]}\n{text[-MOST_TAIL:]}"


def sentence_of(text: str) -> Sentence:
    """One sentence with its words."""
    words = words_of(text)
    own = [word for word in words if word not in ALL]
    small = len(words) - len(own)
    pictured = 0 if text.isascii() else sum(len(word) == 1 and word >= _FIRST_PICTURED for word in words)
    prose = pictured * 2 > len(words) or (
        len(words) >= _LEAST_PROSE and small * _PROSE_SHARE >= len(words) and len(set(words)) >= _DISTINCT * len(words)
    )
    return Sentence(text, words, frozenset([word[:STEM] for word in own if carries(word)]), prose)


def words_of(text: str) -> tuple[str, ...]:
    """The words of the text in order, in lower case."""
    return tuple(_WORD.findall(text.lower()))


def carries(word: str) -> bool:
    """Whether the word has a meaning of its own: no function word, and not one or two letters."""
    return (len(word) > 2 or word.isdigit() or word >= _FIRST_PICTURED) and word not in ALL


def stem(word: str) -> str:
    """The first letters, which most forms of a word share; crude, and the same for all languages."""
    return word[:STEM]


def leaves(value: object) -> list[str]:
    """All strings within a JSON value, in order; at most 2 000 of them."""
    found: list[str] = []
    waiting = [value]
    while waiting and len(found) < _MOST_LEAVES:
        match waiting.pop():
            case str() as text:
                found.append(text)
            case dict() as pairs:
                waiting.extend(reversed(pairs.values()))
            case list() as items:
                waiting.extend(reversed(items))
            case _:
                pass
    return found

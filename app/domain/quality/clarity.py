"""Clarity and variety: sentences that can be read in one breath, and nothing said twice."""

from collections import Counter
from typing import Final

from app.domain.quality.dimension import Finding, falling
from app.domain.quality.work import Work

_LONG: Final = 35  # words of a sentence that is hard to follow
_LEAST: Final = 20  # words from which repetition is looked for
_GRAM: Final = 4
_REPEATED: Final = 0.05  # share of repeated word groups that every text has
_WHOLLY: Final = 0.5
_STUFFED: Final = 0.12  # share of all words that one word may take
_WHOLLY_STUFFED: Final = 0.4


def clarity(work: Work) -> Finding:
    """The share of words that stand in sentences of at most 35 words; a short answer is as clear as a long one."""
    sentences = work.answer.sentences
    long = [len(sentence.words) for sentence in sentences if len(sentence.words) > _LONG]
    words = len(work.answer.words)
    return Finding(
        100.0 * (1 - sum(long) / words) if words else 100.0,
        f"{len(long)} of {len(sentences)} sentences are longer than {_LONG} words",
    )


def variety(work: Work) -> Finding | None:
    """Fewer points the more groups of four words come again, or the more of the text is one word; None under 20 words.

    A text said twice keeps none of its points.
    """
    words = work.answer.words
    if len(words) < _LEAST:
        return None
    grams = Counter(zip(*(words[at:] for at in range(_GRAM)), strict=False))
    repeated = 1 - len(grams) / grams.total()
    counts = Counter(word for word in words if len(word) > 3)
    most = max(counts.values(), default=0) / len(words)
    points = min(falling(repeated, full=_REPEATED, none=_WHOLLY), falling(most, full=_STUFFED, none=_WHOLLY_STUFFED))
    return Finding(
        points, f"{repeated:.0%} of the word groups come again; the commonest word is {most:.0%} of the text"
    )

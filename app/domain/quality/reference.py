"""An answer is held against a right one: same data, same number, same words in the same order."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from app.domain.comparison.found_json import found_json, same_json
from app.domain.comparison.scoring import read_number
from app.domain.quality.dimension import Finding
from app.domain.quality.reading import words_of
from app.domain.scoring import exact, label_first

MOST_WORDS: Final = 2_000
_MOST_CHARACTERS: Final = 20_000
_NUMBER_ALONE: Final = re.compile(r"\s*[-+]?[\d,]*\.?\d+(?:[eE][-+]?\d+)?\s*%?\s*")
_MOST_NUMBER: Final = 100  # characters
_SHORT: Final = 3  # words of a label


def against_reference(text: str, reference: str, tolerance: float = 0.0) -> Finding:
    """100 for the same text, data or number; else the mean of the F1 of words and of ROUGE-L.

    A reference that is a number asks for the first number of the answer, within `tolerance` times its size; one of at
    most three words, for an answer that is it or begins with it, else for the words.
    """
    if exact(text, reference):
        return Finding(100.0, "the same as the reference")
    if len(reference) <= _MOST_NUMBER and _NUMBER_ALONE.fullmatch(reference):
        return _number(text, reference, tolerance)
    wanted = found_json(reference) if reference.lstrip()[:1] in ("{", "[") else ()
    if wanted:
        found = found_json(text)
        same = bool(found) and same_json(found[0], wanted[0])
        if same:
            return Finding(100.0, "the same data as the reference")
    if len(words_of(reference[:_MOST_CHARACTERS])) <= _SHORT and label_first(text, reference):
        return Finding(100.0, "begins with the reference")
    said, right = (words_of(each[:_MOST_CHARACTERS])[:MOST_WORDS] for each in (text, reference))
    overlap, order = overlap_f1(said, right), rouge_l(said, right)
    return Finding(50.0 * (overlap + order), f"word overlap F1 {overlap:.2f}, ROUGE-L {order:.2f}")


def overlap_f1(said: Sequence[str], right: Sequence[str]) -> float:
    """Harmonic mean of precision and recall of words, each counted as often as it stands; 0…1.

    Source: P. Rajpurkar et al. 2016, SQuAD.
    """
    common = (Counter(said) & Counter(right)).total()
    return _f1(common, len(said), len(right))


def rouge_l(said: Sequence[str], right: Sequence[str]) -> float:
    """F1 of the longest common subsequence of words, 0…1. Source: C.-Y. Lin 2004, ROUGE."""
    return _f1(common_subsequence(said, right), len(said), len(right))


def common_subsequence(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence, by whole rows of bits at a time.

    Source: H. Hyyrö 2004, Bit-parallel LCS-length computation revisited.
    """
    at: dict[str, int] = {}
    for position, word in enumerate(one):
        at[word] = at.get(word, 0) | 1 << position
    full = (1 << len(one)) - 1
    row = full
    for word in other:
        shared = row & at.get(word, 0)
        row = ((row + shared) | (row - shared)) & full
    return len(one) - row.bit_count()


def _f1(common: int, said: int, right: int) -> float:
    return 2 * common / (said + right) if common else 0.0


def _number(text: str, reference: str, tolerance: float) -> Finding:
    found, right = read_number(text[:_MOST_CHARACTERS]), read_number(reference.replace("%", " "))
    if found is None or right is None:
        return Finding(0.0, "holds no number to compare with the reference")
    near = abs(found - right) <= tolerance * (abs(right) or 1.0)
    return Finding(100.0 * near, "its number is the reference's" if near else "its number is not the reference's")

"""Difficulty by rule: 40 % length, 40 % words, 20 % structure; it is shown, and decides nothing that can be learned."""

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.domain.errors import Invalid
from app.domain.routing.level import USUAL, Difficulty, Levels
from app.domain.routing.reading import Reading, read
from app.domain.routing.word_lists import COMPLEX, SIMPLE
from app.domain.routing.words import WordList

_ITEM: Final = re.compile(r"^[ \t]*(?:[-*•]|\d{1,2}[.)])[ \t]+\S", re.M)
_SENTENCE: Final = re.compile(r"[^\s.!?。！？][^.!?。！？]*(?:[.!?。！？]+(?=\s|$)|$)")
_QUANTITY: Final = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*(?![\w])")
_MANY_QUANTITIES: Final = 4


@dataclass(frozen=True, slots=True)
class Rules:
    """Weights of the three parts, which sum to 1; the words of either kind; where levels begin."""

    length: float = 0.4
    words: float = 0.4
    structure: float = 0.2
    complex: WordList = COMPLEX
    simple: WordList = SIMPLE
    levels: Levels = USUAL

    def __post_init__(self) -> None:
        weights = (self.length, self.words, self.structure)
        if not all(weight >= 0 for weight in weights) or not math.isclose(sum(weights), 1.0, abs_tol=1e-6):
            raise Invalid("Weights of length, words and structure are not below 0 and sum to 1.", field="weights")


RULES: Final = Rules()


def rated(prompt: str, rules: Rules = RULES) -> Difficulty:
    """The difficulty of a prompt by rule; the contributions `length`, `words` and `structure` sum to the score."""
    reading = read(prompt)
    contributions = {
        "length": rules.length * length_part(reading.length),
        "words": rules.words * words_part(reading, rules),
        "structure": rules.structure * sum(structure_parts(reading).values()),
    }
    score = min(1.0, sum(contributions.values()))
    return Difficulty(score, rules.levels.of(score), contributions)


def length_part(characters: int) -> float:
    """0.2 below 100 characters, 0.5 below 300, then 0.7 rising to 1 at 600."""
    if characters < 100:
        return 0.2
    return 0.5 if characters < 300 else min(1.0, 0.7 + (characters - 300) / 1000)


def words_part(reading: Reading, rules: Rules) -> float:
    """0…1 by how many different complex and simple words occur, each as a whole word; 0.5 when neither has more."""
    counts = Counter(reading.words)
    hard = len(rules.complex.found(reading.words, counts))
    easy = len(rules.simple.found(reading.words, counts))
    if hard == easy:
        return 0.5
    if not easy:
        return min(1.0, 0.6 + 0.1 * hard)
    if not hard:
        return max(0.0, 0.3 - 0.1 * easy)
    return 0.7 if hard > easy else 0.2


def structure_parts(reading: Reading) -> Mapping[str, float]:
    """What sentences, questions, lists, code and quantities add, together at most 1.

    A list is at least two lines that begin with a mark and a space: a hyphen in a word, a minus and `(2)` are none.
    Four quantities or more make a task even where no word says so.
    """
    text = reading.text
    sentences, questions = len(_SENTENCE.findall(text)), text.count("?") + text.count("？")
    parts = {
        "sentences": 0.3 if sentences > 3 else 0.15 if sentences > 1 else 0.0,
        "questions": 0.3 if questions > 2 else 0.15 if questions else 0.0,
        "list": 0.2 if len(_ITEM.findall(text)) > 1 else 0.0,
        "code": 0.2 if "`" in text else 0.0,
        "quantities": 0.2 if len(_QUANTITY.findall(text)) >= _MANY_QUANTITIES else 0.0,
    }
    whole = sum(parts.values())
    return {name: part / max(1.0, whole) for name, part in parts.items()}

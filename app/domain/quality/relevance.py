"""Relevance: whether what was asked about is spoken of, in sentences that say something of their own."""

from typing import Final

from app.domain.quality.dimension import Finding, part_of
from app.domain.quality.function_words import ORDERS
from app.domain.quality.language import differs
from app.domain.quality.marks import refuses
from app.domain.quality.reading import Reading, carries, stem
from app.domain.quality.work import Work

_ORDERED: Final = frozenset(stem(word) for word in ORDERS)
_LEAST_TOPICS: Final = 2
_LEAST_WORDS: Final = 12  # of an answer; a shorter one can be right without naming the matter
_ENOUGH: Final = 12  # topics of a long prompt that are enough
_OWN: Final = 3  # one in so many words of a sentence must not be the prompt's
_UNTOLD: Final = 50.0


def topics(prompt: Reading) -> frozenset[str]:
    """Stems of what the prompt speaks of, less the words in which anything is asked for."""
    return frozenset(stem(word) for word in prompt.words if carries(word) and word not in ORDERS)


def relevance(work: Work) -> Finding | None:
    """The part of half of the prompt's topics, at most 12, that sentences of prose take up.

    None without a prompt of two topics, for answers too short to tell, and between two languages. A sentence that only
    says the prompt again, and a row of keywords, take up nothing. 50 where there is no sentence, but also no echo.
    """
    wanted = frozenset() if work.prompt is None else topics(work.prompt)
    if len(wanted) < _LEAST_TOPICS or differs(work):
        return None
    if refuses(work):
        return Finding(0.0, "declines, so it takes up nothing")
    spoken = work.answer.content - _ORDERED
    if spoken <= wanted and 2 * len(spoken) >= len(wanted):
        return Finding(0.0, "only says the prompt again")
    if len(work.answer.words) < _LEAST_WORDS:
        return None
    if not work.said:
        echo = 2 * len(work.answer.content & wanted) >= len(work.answer.content)
        return Finding(0.0 if echo else _UNTOLD, "holds no sentence in which something is said")
    taken: frozenset[str] = frozenset()
    for sentence in work.said:
        if _OWN * len(sentence.content - wanted) >= len(sentence.content):
            taken |= sentence.content & wanted
    needed = min((len(wanted) + 1) // 2, _ENOUGH)
    return Finding(part_of(needed, len(taken)), f"takes up {len(taken)} topics of the prompt where {needed} are enough")

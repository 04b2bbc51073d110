"""Turns of phrase that give an answer away: refusing, hedging, left to be filled in. English, and a little beyond."""

import re
from typing import Final

from app.domain.quality.dimension import Finding, falling
from app.domain.quality.work import Work

_OPENING: Final = 3  # sentences in which a refusal stands
_HEDGED: Final = 0.1  # share of sentences from which hedging costs points
_WHOLLY: Final = 0.6  # and at which none are left
_REFUSAL: Final = re.compile(
    r"\b(?:i (?:cannot|can't|can not|won't|will not|am unable to|am not able to|'m unable to|'m not able to) "
    r"(?:help|assist|provide|answer|do|comply|write|create|give|access|fulfil|fulfill|complete|generate|discuss|offer)"
    r"|i'm (?:unable|not able) to (?:help|assist|provide|answer|comply|access)"
    r"|as an ai (?:language )?(?:model|assistant)\b|as a (?:large )?language model\b"
    r"|i (?:don't|do not) (?:have (?:access|enough)|know)\b"
    r"|ich kann (?:dabei |ihnen |dir )?(?:leider )?nicht|je ne peux pas|no puedo (?:ayudar|responder))",
    re.IGNORECASE,
)
_HEDGE: Final = re.compile(
    r"\b(?:maybe|perhaps|possibly|might|i think|i guess|i believe|not sure|it depends|hard to say|kind of|sort of|"
    r"probably|seems? to|could be|vielleicht|peut-être|quizás)\b",
    re.IGNORECASE,
)
_HOLE: Final = re.compile(
    r"[\[{<](?i:(?<=\[)(?:your|insert|name|first|last|company|recipient|date|add|enter|client|customer|product|sender|"
    r"title|link|phone|email|x{1,3})\b[^\]\n(]{0,40}\](?!\()|(?<=\{)\{[^{}\n]{1,40}\}\}|"
    r"(?<=<)(?:your|insert|name|company)[ _-]?[^<>\n]{0,30}>)"
)
_UNDONE: Final = re.compile(r"(?i:\blorem ipsum\b)|\bTO-?DO\b|\bTBD\b|\bX{3,}\b")
_HINTS: Final = ("DO", "TBD", "XX", "ipsum")  # a look for them costs less than the expression


def refuses(work: Work) -> bool:
    """Whether the first sentences decline to answer."""
    return any(_REFUSAL.search(sentence.text) for sentence in work.answer.sentences[:_OPENING])


def placeholders(text: str) -> int:
    """How many places are left to be filled in."""
    undone = _UNDONE.findall(text) if any(hint in text for hint in _HINTS) else ()
    return len(_HOLE.findall(text)) + len(undone)


def directness(work: Work) -> Finding:
    """How far the answer commits itself: none of its points when it refuses, fewer the more sentences hedge."""
    if refuses(work):
        return Finding(0.0, "declines to answer")
    sentences = work.answer.sentences
    hedged = sum(bool(_HEDGE.search(sentence.text)) for sentence in sentences)
    share = hedged / len(sentences) if len(sentences) > 2 else 0.0
    points = falling(share, full=_HEDGED, none=_WHOLLY)
    return Finding(points, f"{hedged} of {len(sentences)} sentences hedge")

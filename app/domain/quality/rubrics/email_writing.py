"""An email: a letter in form, courteous, short, written to this reader, and asking for one thing."""

import re
from typing import Final

from app.domain.quality.completeness import completeness
from app.domain.quality.dimension import Finding, falling, part_of
from app.domain.quality.letter import Letter, is_signed, letter_of
from app.domain.quality.marks import placeholders
from app.domain.quality.reading import sentence_of, words_of
from app.domain.quality.relevance import relevance
from app.domain.quality.rubric import Findings, Rubric, Spec
from app.domain.quality.tone import tone
from app.domain.quality.work import Work

_FACT: Final = 200  # characters of a fact that an email would name
_SHORT: Final = 200  # words of an email that is read to its end
_ENDLESS: Final = 600
_PARAGRAPH: Final = 100
_ASKS: Final = re.compile(
    r"\b(?:let me know|reply|respond|get back to|give (?:me|us) a call|call (?:me|us)|book|schedule|confirm|click|"
    r"sign up|register|join|visit|download|send (?:me|us)|tell (?:me|us)|choose|pick a|would you|could you|can you|"
    r"can we|shall we|are you (?:free|available|open)|do you have|looking forward to (?:your|hearing)|please|"
    r"melden sie|antworten sie|répondez|responda|confirme)\b",
    re.IGNORECASE,
)
_NEXT_STEP: Final = re.compile(r"^\W*next steps?\W*:\W*", re.IGNORECASE)
_MOST_WORDS: Final = 12  # of an order that is no whole sentence
_REQUESTS: Final = {0: 0.0, 1: 100.0, 2: 100.0, 3: 70.0, 4: 40.0}
_TOO_MANY: Final = 20.0


def measure(work: Work) -> Findings:
    """All dimensions of the rubric."""
    letter = letter_of(work.answer.lines)
    return {
        "structure": _structure(letter, work),
        "tone": tone(work),
        "call_to_action": _request(letter),
        "personalisation": _personal(letter, work),
        "brevity": _brevity(work),
        "completeness": completeness(work),
        "relevance": relevance(work),
    }


def _structure(letter: Letter, work: Work) -> Finding:
    """How many of five there are: a line that says what it is about, greeting, body, closing, signature.

    A body of more than 100 words needs paragraphs to count.
    """
    long = sum(len(words_of(line)) for line in letter.body)
    body = bool(letter.body) and (long <= _PARAGRAPH or len(letter.body) > 1)
    parts = (letter.titled, letter.greeting is not None, body, letter.closed, is_signed(letter))
    return Finding(part_of(len(parts), sum(parts)), f"{sum(parts)} of {len(parts)} parts of a letter")


def _request(letter: Letter) -> Finding:
    """100 for one or two sentences that ask the reader for something; 0 for none, few for more than four."""
    pieces = (piece for line in letter.body for piece in re.split(r"(?<=[.!?])\s+", line))
    asked = sum(
        1
        for piece in pieces
        if ((piece.rstrip().endswith("?") or _ASKS.search(piece)) and sentence_of(piece).prose) or _is_order(piece)
    )
    return Finding(
        _REQUESTS.get(asked, _TOO_MANY), f"{asked} sentences ask the reader for something, one or two are right"
    )


def _is_order(piece: str) -> bool:
    """Whether it is a short request with an end mark, such as `Please call me.`"""
    begun = _ASKS.match(_NEXT_STEP.sub("", piece).lstrip())
    return begun is not None and piece.rstrip()[-1:] in (".", "!", "?") and 1 < len(words_of(piece)) <= _MOST_WORDS


def _personal(letter: Letter, work: Work) -> Finding | None:
    """The part of the facts about the reader that greeting and sentences name; without facts whether it greets by name.

    None without facts and without a greeting; 0 while a place is left to be filled in.
    """
    left = placeholders(work.answer.text)
    if left:
        return Finding(0.0, f"{left} places are left to fill in")
    given = (value[:_FACT] for name, value in work.context.facts.items() if name not in ("source", "fields"))
    facts = [words for words in map(words_of, given) if words]
    if facts:
        near = [words_of(letter.greeting or ""), *(one.words for one in work.said)]
        said = f" {' | '.join(' '.join(words) for words in near)} "
        named = sum(f" {' '.join(words)} " in said for words in facts)
        return Finding(part_of(len(facts), named), f"names {named} of {len(facts)} facts about the reader")
    if letter.greeting is None:
        return None
    return Finding(100.0 * letter.named, "greets by name" if letter.named else "greets nobody by name")


def _brevity(work: Work) -> Finding:
    """100 up to 200 words, 0 from 600 on."""
    words = len(work.answer.words)
    return Finding(falling(words, full=_SHORT, none=_ENDLESS), f"{words} words, up to {_SHORT} are read to the end")


RUBRIC = Rubric(
    "email_writing",
    "an email to one reader",
    (
        Spec("structure", 20, "what it is about, greeting, body, closing, signature"),
        Spec("tone", 20, "courteous, no shouting, slang or pressure"),
        Spec("call_to_action", 20, "asks the reader for one thing"),
        Spec("personalisation", 15, "names the facts about the reader"),
        Spec("brevity", 5, "short enough to be read to the end"),
        Spec("completeness", 10, "does not break off, leaves nothing to fill in"),
        Spec("relevance", 10, "topics of the prompt that sentences take up"),
    ),
    measure,
)

"""A refusal or a hedge counts where the answer speaks of itself: what the customer is unsure of is no hedge."""

import re
from collections.abc import Iterator
from typing import Final

from app.domain.routing.doubt import Doubt
from app.domain.routing.phrases import ASKS_BACK, BUT, HEDGE, HINTS, QUOTED, REFUSAL, STRONG, VOICED

_OPENING: Final = 3  # sentences in which a refusal stands
_AND_YET: Final = 80  # words beside the refusal from which on something is said all the same
_HELD_AGAINST: Final = 2.0  # one hedge in two sentences is as bad as one in each
_SHORTLY: Final = 40  # words; who asks back in passing has answered
_ENDING: Final = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])|\n+")


def declining(prose: str, prompt: str, *, asked: str) -> Iterator[Doubt]:
    """Doubts of an answer's prose (its code left out); `asked` is the user's last turn, `prompt` all that was said.

    What is quoted does not count, nor a phrase that the prompt itself holds: "say I don't know where you do not".
    Where a text in somebody's voice was asked for only refusals of the task itself count.
    """
    sentences = [each for each in _ENDING.split(_plain(QUOTED.sub("", prose))) if each.strip()]
    known, voiced = _plain(prompt), bool(VOICED.search(asked))
    pattern = STRONG if voiced else REFUSAL
    refusing = [each for each in sentences[:_OPENING] if _counts(pattern, each, known)]
    if refusing:
        beside = sum(len(each.split()) for each in sentences) - sum(len(each.split()) for each in refusing)
        yet = beside >= _AND_YET or all(_goes_on(pattern, each) for each in refusing)
        yield Doubt("refusal", 0.5 if yet else 1.0, "declines to answer")
    brief = not voiced and sum(len(each.split()) for each in sentences) <= _SHORTLY
    if brief and any(_counts(ASKS_BACK, each, known) for each in sentences[:_OPENING]):
        yield Doubt("asks", 1.0, "asks back in place of an answer")
    hinted = () if voiced else [each for each in sentences if any(hint in each for hint in HINTS)]
    hedging = [each for each in hinted if _counts(HEDGE, each, known)]
    if hedging:
        why = f"{len(hedging)} of {len(sentences)} sentences doubt the answer themselves"
        yield Doubt("hedge", min(1.0, _HELD_AGAINST * len(hedging) / len(sentences)), why)


def _counts(pattern: re.Pattern[str], sentence: str, prompt: str) -> bool:
    found = pattern.search(sentence)
    return found is not None and found[0] not in prompt


def _goes_on(pattern: re.Pattern[str], sentence: str) -> bool:
    """Whether the sentence that declines goes on with what can be said instead."""
    found = pattern.search(sentence)
    return found is not None and BUT.search(sentence, found.end()) is not None


def _plain(text: str) -> str:
    return text.replace("’", "'").lower()

"""Tone and professionalism: no shouting, no slang, no pressure; courtesy is worth something, once."""

import re
from typing import Final

from app.domain.quality.dimension import Finding
from app.domain.quality.work import Work

_PER_FAULT: Final = 20.0
_MOST: Final = 60.0  # of one kind of fault
_RUDE: Final = "stupid|idiot|idiots|dumb|shut up|damn|crap|hell yeah|wtf|suck|sucks|moron|lame|whatever|obviously you"
_SLANG: Final = "gonna|wanna|gotta|ain't|lol|lmao|omg|btw|yo|dude|bro|thx|pls|plz|u r|ur|kinda|sup|yeah|nope"
_PRESSURE: Final = (
    "act now|last chance|limited time|once in a lifetime|100 free|100 guaranteed|risk-free|risk free|don't miss out|"
    "buy now|urgent|you must|final warning|guaranteed result|guaranteed results|no obligation"
)
_COURTESY: Final = (
    "please|thank|thanks|appreciate|appreciated|grateful|glad|happy to|pleased|hope|welcome|sorry|would you|could you|"
    "bitte|danke|merci|s'il vous plaît|gracias|por favor|grazie|obrigado|obrigada"
)
_SHOUTED: Final = re.compile(r"[A-ZÀ-Þ]{5,}(?!\w)")
_EXCLAIMED: Final = re.compile(r"!{2,}|[!?]{3,}")
_FAULTS: Final = (
    ("rude words", tuple(f" {each.replace(' ', '  ')} " for each in _RUDE.split("|"))),
    ("slang", tuple(f" {each.replace(' ', '  ')} " for each in _SLANG.split("|"))),
    ("pressing phrases", tuple(f" {each.replace(' ', '  ')} " for each in _PRESSURE.split("|"))),
)
_COURTEOUS: Final = tuple(f" {each.replace(' ', '  ')} " for each in _COURTESY.split("|"))
_QUIET: Final = 2  # words in capitals, or exclamation marks, that nobody minds
_WITHOUT_COURTESY: Final = 80.0


def professionalism(work: Work) -> Finding:
    """100 less 20 per fault, at most 60 for one kind of them: rude, slang, pressing, shouted, exclaimed."""
    text = "\n".join(work.answer.lines)
    said = _spoken(work)
    counts = {name: sum(map(said.count, phrases)) for name, phrases in _FAULTS}
    counts["doubled exclamation marks"] = len(_EXCLAIMED.findall(text))
    counts["shouted words"] = max(0, len(set(_SHOUTED.findall(text))) - _QUIET)
    counts["exclamation marks"] = max(0, text.count("!") - _QUIET)
    lost = sum(min(_MOST, _PER_FAULT * count) for count in counts.values())
    faults = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return Finding(max(0.0, 100.0 - lost), faults or "no fault of tone is found")


def tone(work: Work) -> Finding:
    """Professionalism, of which a fifth needs one word of courtesy; more courtesy earns nothing."""
    kept = professionalism(work)
    said = _spoken(work)
    if any(phrase in said for phrase in _COURTEOUS):
        return Finding(kept.points, f"{kept.why}; courteous")
    return Finding(kept.points * _WITHOUT_COURTESY / 100.0, f"{kept.why}; no word of courtesy")


def _spoken(work: Work) -> str:
    """All words in lower case, with two spaces between, so that phrases of one word can follow each other."""
    return f" {'  '.join(work.answer.words)} "

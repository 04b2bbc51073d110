"""An analysis of a website: what was seen, what follows from it, what to do, and which sides were looked at."""

import re
from typing import Final

from app.domain.quality.clarity import variety
from app.domain.quality.completeness import completeness
from app.domain.quality.dimension import Finding, Unmeasured, part_of
from app.domain.quality.relevance import relevance
from app.domain.quality.rubric import Findings, Rubric, Spec
from app.domain.quality.structure import sections, structure
from app.domain.quality.work import Work

_ENOUGH: Final = 3  # insights, and actions
_SHARE: Final = 0.3  # of the sentences
_AREAS: Final = 4
_MOST_PER_SENTENCE: Final = 2
_SECTIONS: Final = 3
_SEEN: Final = re.compile(
    r"\d|[\"“”«»`]|https?://|(?<!\w)/[a-z][\w/-]+|\b(?:page|pages|header|headline|footer|button|form|menu|title|image|"
    r"images|link|links|checkout|banner|copy|video|section|field|script|tag|tags|navigation|homepage)\b",
    re.IGNORECASE,
)
_FOLLOWS: Final = re.compile(
    r"\b(?:because|so|so that|therefore|which|means|leads? to|causes?|since|hence|reduces?|increases?|slows?|hurts?|"
    r"hides?|confus\w+|lacks?|missing|without|only|too|but|although|never|fails?|loses?|costs?)\b",
    re.IGNORECASE,
)
_ADVICE: Final = re.compile(
    r"\b(?:should|recommend\w*|consider|suggest\w*|needs? to|would benefit|could be (?:replaced|moved|improved))\b"
    r"|^\W*(?:add|remove|replace|move|shorten|compress|reduce|improve|fix|use|test|rewrite|show|put|make|write|place|"
    r"include|simplify|merge|link|load|cache|measure|lazy-load|resize|rename)\b",
    re.IGNORECASE,
)
_SIDES: Final = (
    r"content|copy|headline|message|messaging|text|wording|tone",
    r"design|layout|visual\w*|colou?rs?|typography|usability|navigation|menu|ux|ui",
    r"speed|loads?|loading|performance|seconds|kb|mb|compress\w*|cache|caching",
    r"seo|search engines?|meta|keywords?|rank\w*|index\w*|sitemap|title tags?",
    r"accessib\w*|contrast|alt text|screen readers?|keyboard|aria",
    r"mobile|phones?|responsive|tablets?|viewport",
    r"trust|testimonials?|reviews?|security|https|privacy|contact|logos?",
    r"conversions?|call to action|cta|checkout|sign-?ups?|forms?|leads?|pricing|buttons?",
)
_SIDE: Final = re.compile(rf"\b(?:{'|'.join(f'({words})' for words in _SIDES)})\b", re.IGNORECASE)


def measure(work: Work) -> Findings:
    """All dimensions of the rubric."""
    return {
        "structure": _structure(work),
        "insights": _insights(work),
        "actions": _actions(work),
        "coverage": _coverage(work),
        "completeness": completeness(work),
        "relevance": relevance(work),
        "variety": variety(work),
    }


def _structure(work: Work) -> Finding | Unmeasured:
    """The lesser of: how well long stretches are divided, and whether there are three parts, where any are needed."""
    divided, parts = structure(work), sections(work)
    if isinstance(divided, Unmeasured):
        return divided
    points, told = part_of(_SECTIONS, parts), f"{parts} parts, {_SECTIONS} are enough"
    return Finding(min(divided.points, points), f"{told}; {divided.why}")


def _insights(work: Work) -> Finding:
    """Sentences that name something seen and what follows from it: three are enough, if not lost in the rest."""
    said = [one for one in work.said if _SEEN.search(one.text) and _FOLLOWS.search(one.text)]
    return _enough(len(said), len(work.answer.sentences), "sentences tie something seen to what follows from it")


def _actions(work: Work) -> Finding:
    """Sentences that say what to do to something: three are enough."""
    said = [one for one in work.said if _ADVICE.search(one.text) and len(one.content) > 1]
    return Finding(part_of(_ENOUGH, len(said)), f"{len(said)} sentences say what to do, {_ENOUGH} are enough")


def _coverage(work: Work) -> Finding:
    """Sides of a website that are spoken of in prose: four of eight are enough, a sentence counts for two at most."""
    seen: set[int | None] = set()
    for one in work.said:
        seen.update(list(dict.fromkeys(found.lastindex for found in _SIDE.finditer(one.text)))[:_MOST_PER_SENTENCE])
    return Finding(part_of(_AREAS, len(seen)), f"{len(seen)} of {len(_SIDES)} sides are looked at, {_AREAS} are enough")


def _enough(found: int, of: int, what: str) -> Finding:
    dense = found / (of * _SHARE) if of else 0.0
    return Finding(part_of(_ENOUGH, found) * min(1.0, dense), f"{found} of {of} {what}, {_ENOUGH} are enough")


RUBRIC = Rubric(
    "website_analysis",
    "an analysis of a website",
    (
        Spec("structure", 20, "divided into parts, none too long"),
        Spec("insights", 25, "sentences that tie something seen to what follows from it"),
        Spec("actions", 15, "sentences that say what to do"),
        Spec("coverage", 15, "sides of a website that are looked at"),
        Spec("completeness", 10, "does not break off, leaves nothing to fill in"),
        Spec("relevance", 10, "topics of the prompt that sentences take up"),
        Spec("variety", 5, "nothing is said twice"),
    ),
    measure,
)

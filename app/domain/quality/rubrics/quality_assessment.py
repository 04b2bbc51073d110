"""A judgement of something: a verdict, by named criteria, with evidence, both sides, and a way to better it."""

import re
from typing import Final

from app.domain.quality.completeness import completeness
from app.domain.quality.dimension import Finding, part_of
from app.domain.quality.relevance import topics
from app.domain.quality.rubric import Findings, Rubric, Spec
from app.domain.quality.verdicts import agreement, stated, verdict_of
from app.domain.quality.work import Work

_CRITERIA: Final = 3
_EVIDENCE: Final = 4
_MOST_PER_SENTENCE: Final = 2
_CRITERION: Final = re.compile(
    r"\b(accura|correct|clarity|clear|complete|relevan|consistency|style|tone|grammar|structure|readab|usab|perform|"
    r"reliab|securi|maintain|fluen|coheren|faithful|factual|concis|depth|format|original|evidence|argument)\w*",
    re.IGNORECASE,
)
_FOR: Final = re.compile(
    r"\b(?:strong|strength\w*|well|good|clear(?:ly)?|accurate|correct|convincing|thorough|helpful|excellent|precise)\b",
    re.I,
)
_AGAINST: Final = re.compile(
    r"\b(?:weak\w*|lacks?|missing|unclear|incorrect|wrong|however|but|fails?|omits?|vague|inaccurate|poor(?:ly)?|too|"
    r"without|incomplete|confusing|error\w*|mistake\w*)\b",
    re.IGNORECASE,
)
_BETTER: Final = re.compile(
    r"\b(?:should|could|recommend\w*|suggest\w*|consider|improve\w*|would benefit|needs? to|add(?:ing)?|remov(?:e|ing)|"
    r"rewrit(?:e|ing)|clarify\w*|replac(?:e|ing))\b",
    re.IGNORECASE,
)


def measure(work: Work) -> Findings:
    """All dimensions of the rubric."""
    verdict = verdict_of(work)
    return {
        "verdict": stated(verdict),
        "criteria": _criteria(work),
        "evidence": _evidence(work),
        "balance": _balance(work),
        "suggestions": _suggestions(work),
        "consistency": agreement(verdict),
        "completeness": completeness(work),
    }


def _criteria(work: Work) -> Finding:
    """Criteria by which sentences judge: three are enough, a sentence brings two at most."""
    named: set[str] = set()
    for one in work.said:
        named.update(sorted({found.lower() for found in _CRITERION.findall(one.text)})[:_MOST_PER_SENTENCE])
    return Finding(part_of(_CRITERIA, len(named)), f"judges by {len(named)} criteria, {_CRITERIA} are enough")


def _evidence(work: Work) -> Finding | None:
    """Content words of what is judged that sentences take up beside words of their own: four are enough."""
    source = work.source()
    matter = frozenset() if source is None else topics(source)
    if not matter:
        return None
    taken: set[str] = set()
    for one in work.said:
        if one.content - matter:
            taken.update(sorted(one.content & matter)[:_MOST_PER_SENTENCE])
    wanted = min(_EVIDENCE, len(matter))
    return Finding(
        part_of(wanted, len(taken)), f"{len(taken)} words of what is judged are taken up, {wanted} are enough"
    )


def _balance(work: Work) -> Finding:
    """100 when sentences about the matter, or by a criterion, speak for and against, 50 for one side, 0 for none."""
    source = work.source()
    matter = frozenset() if source is None else topics(source)
    judging = [one for one in work.said if one.content & matter or _CRITERION.search(one.text)]
    sides = [any(side.search(one.text) for one in judging) for side in (_FOR, _AGAINST)]
    return Finding(50.0 * sum(sides), f"{sum(sides)} of 2 sides are spoken of")


def _suggestions(work: Work) -> Finding:
    """Whether a sentence says how it could be better."""
    there = any(_BETTER.search(one.text) and len(one.content) > 1 for one in work.said)
    return Finding(100.0 * there, "says how it could be better" if there else "says nothing of how it could be better")


RUBRIC = Rubric(
    "quality_assessment",
    "a judgement of something else",
    (
        Spec("verdict", 30, "a number on a told scale, or a grade"),
        Spec("criteria", 20, "criteria by which it is judged"),
        Spec("evidence", 15, "words of what is judged that are taken up"),
        Spec("balance", 10, "speaks for and against"),
        Spec("suggestions", 5, "says how it could be better"),
        Spec("consistency", 10, "number and grade agree"),
        Spec("completeness", 10, "does not break off, leaves nothing to fill in"),
    ),
    measure,
)

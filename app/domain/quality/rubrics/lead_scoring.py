"""A lead's score: it is stated, reasoned from what is known about the lead, and says what comes next."""

import re
from typing import Final

from app.domain.quality.completeness import completeness
from app.domain.quality.dimension import Finding, part_of
from app.domain.quality.grounding import holds, known, particulars
from app.domain.quality.reading import Sentence, sentence_of
from app.domain.quality.relevance import topics
from app.domain.quality.rubric import Findings, Rubric, Spec
from app.domain.quality.verdicts import agreement, stated, verdict_of
from app.domain.quality.work import Work

_REASONS: Final = 3
_EVIDENCE: Final = 4  # facts of the lead that are enough
_MOST: Final = 3  # that one sentence may bring
_ORDER: Final = re.compile(
    r"^\W*(?:next steps?|call|contact|schedule|book|send|invite|assign|route|reach out)\b", re.IGNORECASE
)
_ANNOUNCED: Final = re.compile(
    r"^\W*(?:(?:recommended|suggested|proposed)\s+)?(?:next (?:steps?|actions?)|follow[- ]?up|action items?)\b"
    r"[\s*_]*[:–—-]\W*",
    re.IGNORECASE,
)
_ITEM: Final = re.compile(r"^\s*(?:[-*•+]|\d{1,3}[.)])\s+\S")
_MOST_WORDS: Final = 12  # of an order that is no whole sentence
_NEXT: Final = re.compile(
    r"\b(?:next steps?|follow[- ]?up|call|contact|schedule|book|send|invite|demo|meeting|nurture|assign|route|"
    r"reach out|hand over|qualify|disqualify|drop|email)\b",
    re.IGNORECASE,
)


def measure(work: Work) -> Findings:
    """All dimensions of the rubric."""
    verdict = verdict_of(work)
    return {
        "score": stated(verdict),
        "reasons": _reasons(work),
        "evidence": _evidence(work),
        "consistency": agreement(verdict),
        "next_step": _next_step(work),
        "completeness": completeness(work),
    }


def _reasons(work: Work) -> Finding:
    """Sentences about the lead, as far as it is known, that are no order: three are enough."""
    source = work.source()
    facts = None if source is None else topics(source)
    said = sum(
        len(one.content) > 1 and not _ORDER.match(one.text) and (facts is None or bool(one.content & facts))
        for one in work.said
    )
    return Finding(part_of(_REASONS, said), f"{said} sentences give reasons, {_REASONS} are enough")


def _evidence(work: Work) -> Finding | None:
    """Facts of the lead that sentences bring up, four are enough, less the part of particulars that nobody gave.

    None when nothing is known about the lead.
    """
    source = work.source()
    facts = frozenset() if source is None else topics(source)
    if source is None or not facts:
        return None
    used: set[str] = set()
    for sentence in work.said:
        used.update(sorted(sentence.content & facts)[:_MOST])
    words, wanted = known(source), min(_EVIDENCE, len(facts))
    said = [each for each in particulars(work.answer) if each.isdigit() and len(each) > 2 and each != "100"]
    made_up = sum(not holds(words, each) for each in said)
    honest = 1 - made_up / len(said) if said else 1.0
    return Finding(
        part_of(wanted, len(used)) * honest,
        f"{len(used)} facts of the lead are used, {made_up} figures are not among them",
    )


def _next_step(work: Work) -> Finding:
    """Whether a sentence, or a field, says what to do with the lead."""
    data = work.answer.data[0] if work.answer.data else None
    keys = " ".join(map(str, data)).replace("_", " ") if isinstance(data, dict) else ""
    there = any(_NEXT.search(one.text) for one in work.said) or bool(_NEXT.search(keys)) or _is_ordered(work)
    return Finding(100.0 * there, "says what comes next" if there else "does not say what comes next")


def _is_ordered(work: Work) -> bool:
    """Whether a short order stands there, such as `Call her.`, or something below or behind `Next steps:`."""
    if any(_ORDER.match(one.text) and 1 < len(one.words) <= _MOST_WORDS and work.is_own(one) for one in _ended(work)):
        return True
    lines = work.answer.lines
    for at, line in enumerate(lines):
        announced = _ANNOUNCED.match(line)
        if announced:
            behind = sentence_of(line[announced.end() :])
            below = at + 1 < len(lines) and bool(_ITEM.match(lines[at + 1]))
            if (behind.words and work.is_own(behind)) or below:
                return True
    return False


def _ended(work: Work) -> list[Sentence]:
    """Sentences with an end mark, which rows of keywords lack."""
    return [one for one in work.answer.sentences if one.text.rstrip().endswith((".", "!"))]


RUBRIC = Rubric(
    "lead_scoring",
    "a verdict on a lead",
    (
        Spec("score", 35, "a number on a told scale, or a grade"),
        Spec("reasons", 20, "sentences that give reasons"),
        Spec("evidence", 20, "facts of the lead that are used, no figures made up"),
        Spec("consistency", 10, "number and grade agree"),
        Spec("next_step", 5, "says what to do with the lead"),
        Spec("completeness", 10, "does not break off, leaves nothing to fill in"),
    ),
    measure,
)

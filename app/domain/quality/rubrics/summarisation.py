"""A summary: what is salient in its source, shorter, in its own order, and nothing that is not there."""

from collections import Counter
from typing import Final

from app.domain.quality.clarity import clarity, variety
from app.domain.quality.completeness import completeness
from app.domain.quality.dimension import Finding, falling, part_of
from app.domain.quality.grounding import holds, known, particulars
from app.domain.quality.instructions import instructions
from app.domain.quality.language import differs
from app.domain.quality.reading import Reading, carries, stem
from app.domain.quality.rubric import Findings, Rubric, Spec
from app.domain.quality.work import Work

_LEAST_SOURCE: Final = 40  # words; less is hardly summarised
_SALIENT: Final = 12
_ENOUGH: Final = 6
_MOST_PER_SENTENCE: Final = 4
_SHORT: Final = 0.4  # of the source's words
_NOT_SHORT: Final = 1.0


def measure(work: Work) -> Findings:
    """All dimensions of the rubric."""
    source = work.source()
    near = source if source is not None and len(source.words) >= _LEAST_SOURCE else None
    return {
        "faithfulness": _faithfulness(work, near),
        "coverage": _coverage(work, near),
        "compression": _compression(work, near),
        "instructions": instructions(work),
        "completeness": completeness(work),
        "clarity": clarity(work),
        "variety": variety(work),
    }


def _faithfulness(work: Work, source: Reading | None) -> Finding | None:
    """The part of numbers and names of the summary that stand in the source; None without a source or any of them."""
    said = particulars(work.answer)
    if source is None or not said or differs(work):
        return None
    words = known(source)
    there = sum(holds(words, each) for each in said)
    return Finding(part_of(len(said), there), f"{there} of {len(said)} numbers and names stand in the source")


def _coverage(work: Work, source: Reading | None) -> Finding | None:
    """Of the twelve commonest content words of the source six are enough, in prose, four of a sentence at most."""
    if source is None or differs(work):
        return None
    counts = Counter(stem(word) for word in source.words if carries(word))
    salient = frozenset(word for word, _ in counts.most_common(_SALIENT))
    taken: set[str] = set()
    for sentence in work.answer.prose:
        taken.update(sorted(sentence.content & salient)[:_MOST_PER_SENTENCE])
    wanted = min(_ENOUGH, len(salient))
    return Finding(
        part_of(wanted, len(taken)), f"{len(taken)} salient words of the source are taken up, {wanted} are enough"
    )


def _compression(work: Work, source: Reading | None) -> Finding | None:
    """100 up to two fifths of the source's words, 0 from its whole length on."""
    if source is None:
        return None
    share = len(work.answer.words) / len(source.words)
    return Finding(falling(share, full=_SHORT, none=_NOT_SHORT), f"{share:.0%} of the source's words")


RUBRIC = Rubric(
    "summarisation",
    "a summary of a source",
    (
        Spec("faithfulness", 25, "numbers and names stand in the source"),
        Spec("coverage", 25, "salient words of the source are taken up"),
        Spec("compression", 15, "shorter than the source"),
        Spec("instructions", 10, "countable demands of the prompt that are met"),
        Spec("completeness", 10, "does not break off, leaves nothing to fill in"),
        Spec("clarity", 5, "words in sentences of readable length"),
        Spec("variety", 10, "nothing is said twice"),
    ),
    measure,
)

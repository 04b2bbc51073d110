"""A summary: what is salient in its source, shorter, in its own order, and nothing that is not there."""

from collections import Counter
from typing import Final

from app.domain.quality.clarity import clarity, variety
from app.domain.quality.completeness import completeness
from app.domain.quality.dimension import Finding, Unmeasured, falling, part_of
from app.domain.quality.grounding import holds, known, particulars
from app.domain.quality.instructions import instructions
from app.domain.quality.language import differs
from app.domain.quality.reading import Reading, carries, stem
from app.domain.quality.rubric import Findings, Rubric, Spec
from app.domain.quality.work import Work

_LEAST_SOURCE: Final = 40  # words of a text that has to become shorter, and of a prompt that holds its source
_SALIENT: Final = 12
_ENOUGH: Final = 6
_MOST_PER_SENTENCE: Final = 4
_SHORT: Final = 0.4  # of the source's words
_NOT_SHORT: Final = 1.0
_UNKNOWN: Final = Unmeasured("the source is not known, so nothing can be said of it")
_FOREIGN: Final = Unmeasured("summary and prompt are of two languages")


def measure(work: Work) -> Findings:
    """All dimensions of the rubric."""
    near = _source(work)
    return {
        "faithfulness": _faithfulness(work, near),
        "coverage": _coverage(work, near),
        "compression": _compression(work, near),
        "instructions": instructions(work),
        "completeness": completeness(work),
        "clarity": clarity(work),
        "variety": variety(work),
    }


def _source(work: Work) -> Reading | None:
    """What is summarised: the fact `source` of any length, else a prompt that is long enough to hold it."""
    source = work.source()
    if source is None or not source.words or (source is work.prompt and len(source.words) < _LEAST_SOURCE):
        return None
    return source


def _faithfulness(work: Work, source: Reading | None) -> Finding | Unmeasured:
    """The part of numbers and names of the summary that stand in the source, unless it has none of them."""
    if source is None or differs(work):
        return _UNKNOWN if source is None else _FOREIGN
    said = particulars(work.answer)
    if not said:
        return Unmeasured("the summary states no number and no name")
    words = known(source)
    there = sum(holds(words, each) for each in said)
    return Finding(part_of(len(said), there), f"{there} of {len(said)} numbers and names stand in the source")


def _coverage(work: Work, source: Reading | None) -> Finding | Unmeasured:
    """Of the twelve commonest content words of the source six are enough, in prose, four of a sentence at most."""
    if source is None or differs(work):
        return _UNKNOWN if source is None else _FOREIGN
    counts = Counter(stem(word) for word in source.words if carries(word))
    salient = frozenset(word for word, _ in counts.most_common(_SALIENT))
    taken: set[str] = set()
    for sentence in work.answer.prose:
        taken.update(sorted(sentence.content & salient)[:_MOST_PER_SENTENCE])
    wanted = min(_ENOUGH, len(salient))
    return Finding(
        part_of(wanted, len(taken)), f"{len(taken)} salient words of the source are taken up, {wanted} are enough"
    )


def _compression(work: Work, source: Reading | None) -> Finding | Unmeasured:
    """100 up to two fifths of the source's words, 0 from its whole length on; a short source is short already."""
    if source is None:
        return _UNKNOWN
    if len(source.words) < _LEAST_SOURCE:
        return Unmeasured(f"the source has fewer than {_LEAST_SOURCE} words")
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

"""A turn of a conversation: it takes up what was said, helps, and keeps its manners."""

from typing import Final

from app.domain.quality.clarity import clarity, variety
from app.domain.quality.completeness import completeness
from app.domain.quality.dimension import Finding
from app.domain.quality.language import same_language
from app.domain.quality.marks import directness
from app.domain.quality.relevance import relevance, topics
from app.domain.quality.rubric import Findings, Rubric, Spec
from app.domain.quality.tone import professionalism
from app.domain.quality.work import Work

_OWN: Final = 2 / 5  # of the sentences must say something that was not in the question


def measure(work: Work) -> Findings:
    """All dimensions of the rubric."""
    return {
        "relevance": relevance(work),
        "helpfulness": _helpfulness(work),
        "professionalism": professionalism(work),
        "completeness": completeness(work),
        "clarity": clarity(work),
        "variety": variety(work),
        "language": same_language(work),
    }


def _helpfulness(work: Work) -> Finding:
    """Directness, less what questions back and echoes take: two fifths of the sentences must say something new."""
    direct, sentences = directness(work), work.answer.sentences
    asked = frozenset() if work.prompt is None else topics(work.prompt)
    new = sum(not one.text.rstrip().endswith("?") and bool(one.content - asked) for one in sentences)
    share = new / len(sentences) if sentences else 0.0
    if not any(one.content for one in sentences):
        share = 1.0  # `Yes.` is an answer
    return Finding(
        direct.points * min(1.0, share / _OWN), f"{new} of {len(sentences)} sentences say something new; {direct.why}"
    )


RUBRIC = Rubric(
    "conversation",
    "a turn of a conversation",
    (
        Spec("relevance", 30, "topics of the prompt that sentences take up"),
        Spec("helpfulness", 25, "says something new instead of declining, hedging, asking back"),
        Spec("professionalism", 15, "no rude words, slang, pressure or shouting"),
        Spec("completeness", 10, "does not break off, leaves nothing to fill in"),
        Spec("clarity", 5, "words in sentences of readable length"),
        Spec("variety", 10, "nothing is said twice"),
        Spec("language", 5, "written in the prompt's language"),
    ),
    measure,
)

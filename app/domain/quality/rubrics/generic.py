"""Any answer: it is to the point, does what was asked, and is whole."""

from app.domain.quality.clarity import clarity, variety
from app.domain.quality.completeness import completeness
from app.domain.quality.instructions import instructions
from app.domain.quality.language import same_language
from app.domain.quality.marks import directness
from app.domain.quality.relevance import relevance
from app.domain.quality.rubric import Findings, Rubric, Spec
from app.domain.quality.work import Work


def measure(work: Work) -> Findings:
    """All dimensions of the rubric."""
    return {
        "relevance": relevance(work),
        "directness": directness(work),
        "instructions": instructions(work),
        "completeness": completeness(work),
        "clarity": clarity(work),
        "variety": variety(work),
        "language": same_language(work),
    }


RUBRIC = Rubric(
    "generic",
    "any answer",
    (
        Spec("relevance", 35, "topics of the prompt that sentences take up"),
        Spec("directness", 15, "answers instead of declining or hedging"),
        Spec("instructions", 15, "countable demands of the prompt that are met"),
        Spec("completeness", 15, "does not break off, leaves nothing to fill in"),
        Spec("clarity", 5, "words in sentences of readable length"),
        Spec("variety", 10, "nothing is said twice"),
        Spec("language", 5, "written in the prompt's language"),
    ),
    measure,
)

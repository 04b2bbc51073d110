"""An answer should be written in the language of its prompt."""

import re
from typing import Final

from app.domain.quality.dimension import Finding
from app.domain.quality.reading import Reading
from app.domain.quality.work import Work

_NAMED: Final = re.compile(
    r"\b(?:translat\w*|english|german|french|spanish|italian|portuguese|dutch|chinese|japanese|korean|russian|arabic|"
    r"greek|hebrew|hindi|deutsch|français|español|italiano|português|nederlands)\b",
    re.IGNORECASE,
)


def same_language(work: Work) -> Finding | None:
    """Whether the answer speaks as the prompt does; None when either is not told, or the prompt names a language."""
    languages = _both(work.answer, work.prompt)
    if languages is None or work.prompt is None or _NAMED.search(work.prompt.text):
        return None
    same = languages[0] == languages[1]
    return Finding(100.0 * same, "written in the prompt's language" if same else "written in another language")


def differs(work: Work) -> bool:
    """Whether answer and prompt are told to be of two languages, whatever the prompt asks for."""
    languages = _both(work.answer, work.prompt)
    return languages is not None and languages[0] != languages[1]


def _both(answer: Reading, prompt: Reading | None) -> tuple[str, str] | None:
    said, asked = answer.language, None if prompt is None else prompt.language
    return None if said is None or asked is None else (said, asked)

"""Code: it parses, nothing is left out, functions say what they do, and it has what was asked for by name."""

import re
from typing import Final

from app.domain.quality.code import Checked, checked, is_closed, syntax
from app.domain.quality.code_habits import documentation, practices, wholeness
from app.domain.quality.completeness import completeness
from app.domain.quality.dimension import Finding, part_of
from app.domain.quality.rubric import Findings, Rubric, Spec
from app.domain.quality.work import Work

_MOST: Final = 10  # names that are looked for
_ASKED: Final = re.compile(
    r"`([A-Za-z_]\w{2,60})(?:\([^`]{0,200}\))?`|\b(?:function|class|method|procedure|def|struct|interface)\s+(?:called|named)?"
    r"\s*[`'\"]?([A-Za-z_]\w{2,60})[`'\"]?(?=[\s(.,:;`'\"]|$)",
    re.IGNORECASE,
)
_HAD: Final = re.compile(r"\b([A-Za-z_]\w{2,60})\s*[(=:{<]")
_COMMON: Final = (
    "that which called named with for the and should must will can takes taking returns returning from using this who "
    "to python javascript typescript java rust ruby bash sql html css json none true false null"
)
_ORDINARY: Final = frozenset(_COMMON.split())


def measure(work: Work) -> Findings:
    """All dimensions of the rubric."""
    blocks = checked(work.text, work.context.parse)
    return {
        "syntax": syntax(blocks),
        "completeness": wholeness(blocks, _end(work, blocks)),
        "documentation": documentation(blocks),
        "practices": practices(blocks),
        "names": _names(work, blocks),
    }


def _end(work: Work, blocks: tuple[Checked, ...]) -> Finding:
    """Code without a fence is whole where it closes; all else ends as texts do; without code nothing is complete."""
    if not blocks:
        return Finding(0.0, "no code is found")
    if "```" in work.text:
        return completeness(work)
    if blocks[0].fault is None or is_closed(blocks[0]):
        return Finding(100.0, "the code is closed")
    return Finding(0.0, "the code breaks off, or is faulty at its end")


def _names(work: Work, blocks: tuple[Checked, ...]) -> Finding | None:
    """The part of the functions and classes that the prompt names which the code has; None when it names none."""
    if work.prompt is None:
        return None
    asked = [first or second for first, second in _ASKED.findall(work.prompt.text)]
    wanted = [name for name in dict.fromkeys(asked) if name.lower() not in _ORDINARY][:_MOST]
    if not wanted:
        return None
    had = {name for each in blocks for name in _HAD.findall(each.block.source)}
    there = sum(name in had for name in wanted)
    return Finding(part_of(len(wanted), there), f"{there} of {len(wanted)} names of the prompt are in the code")


RUBRIC = Rubric(
    "code_generation",
    "a program or a part of one",
    (
        Spec("syntax", 50, "the code parses, or its delimiters close where no parser knows its language"),
        Spec("completeness", 15, "does not break off, no part of the code is left out"),
        Spec("documentation", 10, "functions and classes say what they do"),
        Spec("practices", 15, "free of known bad habits"),
        Spec("names", 10, "has the functions and classes that the prompt names"),
    ),
    measure,
)

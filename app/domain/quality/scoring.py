"""One answer is scored by the dimensions of a rubric, a reference and a judge where there are any."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.domain.errors import Invalid
from app.domain.quality.dimension import Dimension, Finding, Quality, Unmeasured
from app.domain.quality.reference import against_reference
from app.domain.quality.rubric import Rubric
from app.domain.quality.rubrics import (
    code_generation,
    conversation,
    email_writing,
    extraction,
    generic,
    lead_scoring,
    quality_assessment,
    summarisation,
    website_analysis,
)
from app.domain.quality.work import Context, work_of

RUBRICS: Final[Mapping[str, Rubric]] = MappingProxyType(
    {
        each.RUBRIC.name: each.RUBRIC
        for each in (
            website_analysis,
            email_writing,
            code_generation,
            conversation,
            lead_scoring,
            summarisation,
            extraction,
            quality_assessment,
            generic,
        )
    }
)
BESIDE: Final[Mapping[str, float]] = MappingProxyType({"reference": 100.0, "judge": 100.0})
"""Weights of what counts beside a rubric, as much as all of its own dimensions together."""

HEAVIEST: Final = 1e6
_WITHOUT: Final = Context()
_NOTHING: Final = Unmeasured("this answer, and what is known of it, give nothing to measure it by")


def score(
    text: str,
    prompt: str | None = None,
    rubric: str = "generic",
    context: Context = _WITHOUT,
    *,
    weights: Mapping[str, float] | None = None,
) -> Quality:
    """The quality of `text` as an answer to `prompt`, 0…100, with every dimension that could be measured.

    What cannot be measured on this answer, such as relevance without a prompt, is left out with a reason, and the
    weights of the rest are made to sum to 1. An empty answer is worth 0 in all of them. `weights` replace those of the
    rubric by name. Of a long text 16 000 characters at its beginning and 4 000 at its end are read, of code 50 000, of
    JSON 200 000. Raises Invalid for an unknown rubric or weight, a weight below 0 or none above it, and a judge beyond
    0…100.
    """
    chosen = rubric_of(rubric)
    parts = weights_of(chosen, weights or {})
    if context.judge is not None and not 0 <= context.judge <= 100:
        raise Invalid("a judge gives 0 to 100", field="judge")
    measured = _measured(text, prompt, chosen, context)
    found = {name: each for name, each in measured.items() if isinstance(each, Finding)}
    weighed = {name: each for name, each in found.items() if parts[name] > 0}
    whole = sum(parts[name] for name in weighed)
    if not weighed:
        raise Invalid("no dimension that bears a weight can be measured on this answer", field="weights")
    dimensions = tuple(Dimension(name, each.points, parts[name] / whole, each.why) for name, each in found.items())
    unmeasured = {name: each.why for name, each in measured.items() if isinstance(each, Unmeasured)}
    return Quality(min(100.0, sum(each.weight * each.points for each in dimensions)), dimensions, unmeasured)


def rubric_of(name: str) -> Rubric:
    """The rubric of that name. Raises Invalid, which lists all there are."""
    found = RUBRICS.get(name)
    if found is None:
        raise Invalid(f"no rubric {name!r}; there are {', '.join(RUBRICS)}", field="rubric")
    return found


def weights_of(rubric: Rubric, given: Mapping[str, float]) -> dict[str, float]:
    """Weights by dimension, those given in place of the rubric's own; not yet made to sum to 1.

    Raises Invalid naming the weight that is of no dimension, below 0, or no number.
    """
    shipped = {spec.name: spec.weight for spec in rubric.specs} | dict(BESIDE)
    for name, weight in given.items():
        if name not in shipped:
            raise Invalid(f"no such dimension; there are {', '.join(shipped)}", field=f"weights.{name}")
        if not 0 <= weight <= HEAVIEST or not math.isfinite(weight):
            raise Invalid("a weight is 0 to 1 000 000", field=f"weights.{name}")
    return shipped | dict(given)


def _measured(text: str, prompt: str | None, rubric: Rubric, context: Context) -> dict[str, Finding | Unmeasured]:
    if not text.strip():
        names = [spec.name for spec in rubric.specs] + ["reference"] * (context.reference is not None)
        return dict.fromkeys(names, Finding(0.0, "the answer is empty"))
    work = work_of(text, prompt, context)
    found = {name: each or _NOTHING for name, each in rubric.measure(work).items()}
    if context.reference is not None:
        found["reference"] = against_reference(text, context.reference, context.tolerance)
    if context.judge is not None:
        found["judge"] = Finding(float(context.judge), "as the judge said")
    return found

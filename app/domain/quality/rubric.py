"""A rubric is a set of dimensions with weights, and one function that measures all of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.domain.quality.dimension import Finding, Unmeasured
from app.domain.quality.work import Work

Findings = Mapping[str, Finding | Unmeasured | None]
"""By name of the dimension; None, or why, where this answer gives nothing to measure it by."""


@dataclass(frozen=True, slots=True)
class Spec:
    """One dimension as the rubric declares it; the weights of a rubric sum to 100."""

    name: str
    weight: float
    about: str


@dataclass(frozen=True, slots=True)
class Rubric:
    """`measure` finds exactly the dimensions of `specs`."""

    name: str
    about: str
    specs: tuple[Spec, ...]
    measure: Callable[[Work], Findings]

"""What whoever plans an A/B test should know before it begins, in words."""

from collections.abc import Iterator, Mapping
from typing import Final

from app.domain.ab.design import Required
from app.domain.weights import TOTAL
from app.services.ab.observed import DAYS, Observed
from app.services.ab.wanted import WantedTest

LONG_DAYS: Final = 56
PATIENT_DAYS: Final = 14
FEW: Final = 100
MORE: Final = 1.05  # what is less than a twentieth more is not worth a word


def warnings(
    wanted: WantedTest,
    *,
    needed: Required,
    of_two: int,
    days: float | None,
    observed: Observed,
    sources: Mapping[str, str],
    of_all_flows: bool,
) -> Iterator[str]:
    """Each a sentence. `of_two` are the units that two arms of one size would take."""
    yield from _of_time(wanted, needed, days)
    yield from _of_arms(wanted, needed, of_two)
    if "observed" in sources.values():
        if observed.values < FEW:
            yield f"What is expected rests on {observed.values} values only."
        if of_all_flows:
            yield "The control has shown too little by itself, so that what is expected is that of all flows."
    if sources["answering"] == "assumed":
        yield "Nothing shows how many units come to have a value; it is taken that all do."


def _of_time(wanted: WantedTest, needed: Required, days: float | None) -> Iterator[str]:
    if days is None:
        yield f"No unit has come in the last {DAYS} days, so that nobody can tell how long it takes."
        return
    if wanted.max_days is not None and days > wanted.max_days:
        yield f"It ends after {wanted.max_days:g} days, before the {needed.units} units that it needs have come."
    if days > LONG_DAYS:
        yield f"It takes about {days / DAYS:.0f} weeks, in which much changes. A larger effect is found sooner."
    if days < DAYS:
        yield "It takes less than a week. The days of a week differ, so that whole weeks are better."
    if days > PATIENT_DAYS and wanted.share < TOTAL:
        factor = TOTAL / wanted.share
        yield (
            f"With every unit instead of {wanted.share / 100:g} % it would be {factor:.3g} times as fast: "
            f"about {days / factor:.0f} days."
        )


def _of_arms(wanted: WantedTest, needed: Required, of_two: int) -> Iterator[str]:
    rivals = len(wanted.arms) - 1
    if rivals > 1:
        yield (
            f"{rivals} arms are compared with the control, each at alpha / {rivals}, and all wait for the slowest: "
            f"two arms of one size would take {of_two} units instead of {needed.units}."
        )
    elif needed.units > of_two * MORE:
        yield f"Two arms of one size would take {of_two} units instead of {needed.units}."
    if wanted.min_units > min(needed.by_arm.values()):
        yield f"No verdict comes before every arm has {wanted.min_units} values, which is more than the effect needs."

"""Flows whose users answer unequally often are compared by different people: a warning, for no formula mends that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.statistics.tables import chi_square

ALARM: Final = 0.001
LEAST_EXPECTED: Final = 5.0


@dataclass(frozen=True, slots=True)
class UnequalResponse:
    """Feedback is given at different rates. `rates` 0…1 by flow; `p_value` of the χ² test that they are the same."""

    rates: Mapping[str, float]
    chi2: float
    p_value: float
    dof: int

    @property
    def sentence(self) -> str:
        """What it means, for people."""
        least, most = min(self.rates, key=self.rates.__getitem__), max(self.rates, key=self.rates.__getitem__)
        return (
            f"Feedback is given for {self.rates[most]:.1%} of the sessions of {most} and {self.rates[least]:.1%} of "
            f"those of {least}: more than chance explains (p = {self.p_value:.1g}). Who answers may differ between "
            "the flows, and then their means cannot be compared; find out why before trusting a verdict."
        )


def unequal_response(flows: Sequence[str], *, sessions: Sequence[int], rated: Sequence[int]) -> UnequalResponse | None:
    """A warning at p < .001 by the χ² test of sessions with and without feedback, 2×K over the flows with sessions.

    None also where a count of under 5 is expected: too few to tell.
    """
    given = {
        flow: (min(max(answered, 0), all_of), all_of)
        for flow, all_of, answered in zip(flows, sessions, rated, strict=True)
        if all_of > 0
    }
    total = sum(all_of for _, all_of in given.values())
    answered = sum(one for one, _ in given.values())
    if len(given) < 2 or min(all_of for _, all_of in given.values()) * min(answered, total - answered) < (
        LEAST_EXPECTED * total
    ):
        return None
    found = chi_square([[one, all_of - one] for one, all_of in given.values()])
    if found.p_value >= ALARM:
        return None
    rates = {flow: one / all_of for flow, (one, all_of) in given.items()}
    return UnequalResponse(rates, found.chi2, found.p_value, found.dof)

"""Sample ratio mismatch: whether units came to the arms as often as was meant; if not, no figure can be trusted."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scipy.special import chdtrc, gammaln

THRESHOLD: Final = 0.001
FEWEST: Final = 5.0
CONCENTRATIONS: Final = {1_000.0: 0.91, 200.0: 0.03, 20.0: 0.03, 2.0: 0.03}


@dataclass(frozen=True, slots=True)
class SplitTest:
    """`srm`: there is a mismatch. `enough`: every arm is expected at least five times, without which none is told."""

    chi2: float
    p_value: float
    srm: bool
    enough: bool


@dataclass(frozen=True, slots=True)
class SplitEvidence:
    """ln of the e-value against the intended split, and a p-value that holds at every look."""

    log_e: float
    p_value: float


def srm(observed: Sequence[int], weights: Sequence[float], *, threshold: float = THRESHOLD) -> SplitTest:
    """Pearson's χ² of counts against intended weights, each above 0; for one look.

    Source: A. Fabijan and others 2019, "Diagnosing sample ratio mismatch in online controlled experiments".
    """
    n, whole = sum(observed), math.fsum(weights)
    expected = [n * weight / whole for weight in weights]
    if n == 0:
        return SplitTest(0.0, 1.0, srm=False, enough=False)
    chi2 = math.fsum((seen - meant) ** 2 / meant for seen, meant in zip(observed, expected, strict=True))
    p_value = float(chdtrc(len(observed) - 1, chi2))
    enough = min(expected) >= FEWEST
    return SplitTest(chi2, p_value, srm=enough and p_value < threshold, enough=enough)


def srm_sequential(
    observed: Sequence[int], weights: Sequence[float], *, concentration: float = 1_000.0
) -> SplitEvidence:
    """Evidence against the intended weights, each above 0, which may be looked at after every unit.

    Source: M. Lindon and A. Malek 2022, "Anytime-valid inference for multinomial count data": the ratio of a mixture,
    Dirichlet(concentration · weights), to the intended multinomial. p = min(1, 1/e).
    """
    whole = math.fsum(weights)
    shares = [weight / whole for weight in weights]
    log_e = float(gammaln(concentration) - gammaln(concentration + sum(observed))) + math.fsum(
        float(gammaln(concentration * share + seen) - gammaln(concentration * share)) - seen * math.log(share)
        for seen, share in zip(observed, shares, strict=True)
    )
    return SplitEvidence(log_e, min(1.0, math.exp(min(0.0, -log_e))))


def srm_anytime(observed: Sequence[int], weights: Sequence[float]) -> SplitEvidence:
    """As `srm_sequential`, with most of its trust in a concentration of 1000 and a little in smaller ones.

    A large concentration finds small mismatches of many units, small ones find gross mismatches of few: 72 units that
    all came to one of two arms are p = .09 with the former alone. A mean of e-values is an e-value.
    """
    logs = [
        srm_sequential(observed, weights, concentration=concentration).log_e + math.log(part)
        for concentration, part in CONCENTRATIONS.items()
    ]
    most = max(logs)
    log_e = most + math.log(math.fsum(math.exp(one - most) for one in logs))
    return SplitEvidence(log_e, min(1.0, math.exp(min(0.0, -log_e))))

"""Every computation of the A/B statistics by its name, for scorers that hold reference cases.

`check_cases.py --impl benchmarks.abstats_impl:run --path .` calls `run` with JSON and compares what comes back.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from app.domain.certification import one_sided_mixture_log_e
from app.domain.escape import FRACTIONS, e_cusum_tick, log_alarm
from app.domain.statistics.anytime import asymptotic_sequence, msprt, running_minimum
from app.domain.statistics.bayes import beta_binomial
from app.domain.statistics.cuped import cuped, paired
from app.domain.statistics.means import Sample, sample_of_histogram, welch
from app.domain.statistics.multiplicity import benjamini_hochberg, holm
from app.domain.statistics.proportions import newcombe, two_proportion_z, wilson
from app.domain.statistics.ranks import mann_whitney
from app.domain.statistics.sample_size import power_of_means, size_for_means, size_for_proportions
from app.domain.statistics.split import THRESHOLD, srm, srm_sequential
from app.domain.statistics.tables import chi_square, fisher_exact

Given = Mapping[str, Any]  # parsed JSON of a case
Figures = dict[str, Any]


def run(method: str, given: Given) -> Figures:
    """The figures of that computation. Raises NotImplementedError for one that is not offered."""
    try:
        compute = METHODS[method]
    except KeyError:
        raise NotImplementedError(method) from None
    return compute(given)


def _two_proportion_z(given: Given) -> Figures:
    return asdict(two_proportion_z(*_counts(given)))


def _chi_square(given: Given) -> Figures:
    return asdict(chi_square(given["table"], yates=given.get("yates", False)))


def _fisher_exact(given: Given) -> Figures:
    return asdict(fisher_exact(given["table"]))


def _newcombe_diff_ci(given: Given) -> Figures:
    return _interval(newcombe(*_counts(given), confidence=1 - given["alpha"]))


def _wilson_ci(given: Given) -> Figures:
    return _interval(wilson(given["x"], given["n"], confidence=1 - given["alpha"]))


def _welch_t(given: Given) -> Figures:
    a, b = (sample_of_histogram(given[arm], given["levels"]) for arm in ("hist_a", "hist_b"))
    return asdict(welch(a, b, alpha=given.get("alpha", 0.05)))


def _welch_t_summary(given: Given) -> Figures:
    return asdict(welch(*_samples(given), alpha=given.get("alpha", 0.05)))


def _mann_whitney(given: Given) -> Figures:
    return asdict(mann_whitney(given["hist_a"], given["hist_b"]))


def _sample_size_proportions(given: Given) -> Figures:
    proportions, ratio = (given["p_a"], given["p_b"]), given.get("ratio_b_to_a", 1.0)
    n = size_for_proportions(*proportions, power=given["power"], alpha=given["alpha"], ratio=ratio)
    return {"n_a": n, "n_a_ceil": math.ceil(n)}


def _sample_size_means(given: Given) -> Figures:
    n = size_for_means(given["diff"], given["sd"], power=given["power"], alpha=given["alpha"])
    return {"n_per_arm": n, "n_ceil": math.ceil(n)}


def _power_means(given: Given) -> Figures:
    return {"power": power_of_means(given["diff"], given["sd"], given["n_per_arm"], alpha=given["alpha"])}


def _holm(given: Given) -> Figures:
    return _adjusted(holm(given["p_values"]), given["alpha"])


def _benjamini_hochberg(given: Given) -> Figures:
    return _adjusted(benjamini_hochberg(given["p_values"]), given["alpha"])


def _srm_chi_square(given: Given) -> Figures:
    threshold = given.get("threshold", THRESHOLD)
    return asdict(srm(given["observed"], given["weights"], threshold=threshold))


def _srm_sequential(given: Given) -> Figures:
    concentration = given.get("concentration", 1_000.0)
    return asdict(srm_sequential(given["observed"], given["weights"], concentration=concentration))


def _cuped(given: Given) -> Figures:
    a, b = (paired(given[f"pre_{arm}"], given[f"post_{arm}"]) for arm in "ab")
    return asdict(cuped(a, b, alpha=given.get("alpha", 0.05)))


def _msprt(given: Given) -> Figures:
    found = msprt(given["diff"], given["var_diff"], tau=given["tau"])
    return {"lambda_": found.ratio, "p_value": found.p_value}


def _msprt_sequence(given: Given) -> Figures:
    looks = (msprt(look["diff"], look["var_diff"], tau=given["tau"]) for look in given["looks"])
    return {"p_values": running_minimum(look.p_value for look in looks)}


def _asymptotic_cs(given: Given) -> Figures:
    return asdict(asymptotic_sequence(*_samples(given), alpha=given["alpha"], planned=given["n_star"]))


def _bayes_beta_binomial(given: Given) -> Figures:
    first, second = given.get("prior", (1.0, 1.0))
    return asdict(beta_binomial(*_counts(given), prior=(first, second)))


def _one_sided_mixture_log_e(given: Given) -> Figures:
    score, weight, variance = (np.asarray(given[name], dtype=np.float64) for name in ("score", "weight", "variance"))
    return {"log_e": float(one_sided_mixture_log_e(score, weight=weight, variance=variance, tau=given["tau"]))}


def _e_cusum_tick(given: Given) -> Figures:
    log_m = e_cusum_tick(
        given["previous_log_m"],
        given["hist"],
        levels=given["levels"],
        floor=given["floor"],
        fractions=given.get("bet_fractions", FRACTIONS),
    )
    return {"log_m": log_m, "e": math.exp(log_alarm(log_m))}


def _counts(given: Given) -> tuple[int, int, int, int]:
    return given["x_a"], given["n_a"], given["x_b"], given["n_b"]


def _samples(given: Given) -> tuple[Sample, Sample]:
    return (
        Sample(given["n_a"], given["mean_a"], given["sd_a"] ** 2),
        Sample(given["n_b"], given["mean_b"], given["sd_b"] ** 2),
    )


def _interval(ends: tuple[float, float]) -> Figures:
    return {"low": ends[0], "high": ends[1]}


def _adjusted(p_values: tuple[float, ...], alpha: float) -> Figures:
    return {"adjusted": p_values, "reject": [p_value <= alpha for p_value in p_values]}


METHODS: Final[dict[str, Callable[[Given], Figures]]] = {
    "two_proportion_z": _two_proportion_z,
    "chi_square": _chi_square,
    "fisher_exact": _fisher_exact,
    "newcombe_diff_ci": _newcombe_diff_ci,
    "wilson_ci": _wilson_ci,
    "welch_t": _welch_t,
    "welch_t_summary": _welch_t_summary,
    "mann_whitney": _mann_whitney,
    "sample_size_proportions": _sample_size_proportions,
    "sample_size_means": _sample_size_means,
    "power_means": _power_means,
    "holm": _holm,
    "benjamini_hochberg": _benjamini_hochberg,
    "srm_chi_square": _srm_chi_square,
    "srm_sequential": _srm_sequential,
    "cuped": _cuped,
    "msprt": _msprt,
    "msprt_sequence": _msprt_sequence,
    "asymptotic_cs": _asymptotic_cs,
    "bayes_beta_binomial": _bayes_beta_binomial,
    "one_sided_mixture_log_e": _one_sided_mixture_log_e,
    "e_cusum_tick": _e_cusum_tick,
}

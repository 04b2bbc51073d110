"""Scorers reach every computation by its name, with the figures under the names they expect."""

from typing import Any

import pytest

from benchmarks.abstats_impl import METHODS, run

COUNTS = {"x_a": 120, "n_a": 1000, "x_b": 150, "n_b": 1000}
RATED = {"hist_a": [0, 6, 7, 9, 18], "hist_b": [3, 3, 6, 13, 19], "levels": [1, 2, 3, 4, 5]}
SUMMED = {"n_a": 500, "mean_a": 3.81, "sd_a": 1.22, "n_b": 480, "mean_b": 3.97, "sd_b": 1.18}
TABLE = [[880, 120], [850, 150]]
CASES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "two_proportion_z": (COUNTS, {"z", "p_value", "diff"}),
    "chi_square": ({"table": TABLE, "yates": True}, {"chi2", "p_value", "dof"}),
    "fisher_exact": ({"table": TABLE}, {"odds_ratio", "p_value"}),
    "newcombe_diff_ci": ({**COUNTS, "alpha": 0.05}, {"low", "high"}),
    "wilson_ci": ({"x": 12, "n": 100, "alpha": 0.05}, {"low", "high"}),
    "welch_t": ({**RATED, "alpha": 0.05}, {"diff", "t", "dof", "p_value", "low", "high"}),
    "welch_t_summary": ({**SUMMED, "alpha": 0.05}, {"diff", "t", "dof", "p_value", "low", "high"}),
    "mann_whitney": (RATED, {"u_b", "p_value", "prob_superiority"}),
    "sample_size_proportions": (
        {"p_a": 0.1, "p_b": 0.12, "power": 0.8, "alpha": 0.05, "ratio_b_to_a": 1},
        {"n_a", "n_a_ceil"},
    ),
    "sample_size_means": ({"diff": 0.25, "sd": 1.2, "power": 0.8, "alpha": 0.05}, {"n_per_arm", "n_ceil"}),
    "power_means": ({"diff": 0.25, "sd": 1.2, "n_per_arm": 300, "alpha": 0.05}, {"power"}),
    "holm": ({"p_values": [0.5, 0.001, 0.013], "alpha": 0.05}, {"adjusted", "reject"}),
    "benjamini_hochberg": ({"p_values": [0.5, 0.001, 0.013], "alpha": 0.05}, {"adjusted", "reject"}),
    "srm_chi_square": ({"observed": [50, 52], "weights": [0.5, 0.5]}, {"chi2", "p_value", "srm", "enough"}),
    "srm_sequential": ({"observed": [50, 52], "weights": [0.5, 0.5], "concentration": 100}, {"log_e", "p_value"}),
    "cuped": (
        {"pre_a": [1, 2, 4], "post_a": [1, 3, 4], "pre_b": [1, 2, 3], "post_b": [2, 3, 6]},
        {"theta", "diff", "se", "p_value", "variance_reduction"},
    ),
    "msprt": ({"diff": 0.12, "var_diff": 0.0025, "tau": 0.1}, {"lambda_", "p_value"}),
    "msprt_sequence": ({"looks": [{"diff": 0.2, "var_diff": 0.04}], "tau": 0.1}, {"p_values"}),
    "asymptotic_cs": ({**SUMMED, "alpha": 0.05, "n_star": 5000}, {"diff", "low", "high", "p_value"}),
    "bayes_beta_binomial": (
        {**COUNTS, "prior": [1, 1]},
        {"p_b_gt_a", "expected_loss_choose_b", "expected_loss_choose_a", "lift_mean"},
    ),
    "one_sided_mixture_log_e": ({"score": 14.0, "weight": 60.0, "variance": 84.0, "tau": 0.4}, {"log_e"}),
    "e_cusum_tick": (
        {"previous_log_m": [0, 0], "hist": [2, 1], "levels": [1.0, 2.0], "floor": 1.5, "bet_fractions": [0.1, 0.5]},
        {"log_m", "e"},
    ),
}


@pytest.mark.parametrize("method", sorted(METHODS))
def test_each_computation_answers_with_its_figures(method: str) -> None:
    given, names = CASES[method]

    found = run(method, given)

    assert names <= found.keys()
    assert None not in found.values()


def test_figures_are_those_of_the_libraries_that_define_them() -> None:
    """z: statsmodels 0.15; the sequence: gbstats 0.8; sizes: statsmodels' TTestIndPower and NormalIndPower."""
    assert run("two_proportion_z", COUNTS)["z"] == pytest.approx(1.963049807622355, rel=1e-9)
    sequence = run("asymptotic_cs", {**SUMMED, "alpha": 0.05, "n_star": 5000})
    assert (sequence["low"], sequence["p_value"]) == pytest.approx((-0.09867971093171352, 0.4246708259470711), rel=1e-7)
    assert run("sample_size_means", CASES["sample_size_means"][0])["n_ceil"] == 363
    assert run("sample_size_proportions", CASES["sample_size_proportions"][0])["n_a"] == pytest.approx(
        3834.5957, rel=1e-6
    )


def test_what_is_not_offered_is_said_so() -> None:
    with pytest.raises(NotImplementedError):
        run("tea_leaves", {})

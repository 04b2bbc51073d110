"""What docs/calibration.md says around the tables of the A/B statistics."""

from typing import Final

from benchmarks.calibration.ab_cuped import FEWEST
from benchmarks.calibration.ab_order import UNITS as FACTS
from benchmarks.calibration.ab_trials import LEAST, TAU

TITLE: Final = "How well the A/B statistics hold"

INTRODUCTION: Final = """An A/B test has fixed shares, and people look at it whenever they like. What a readout
says must be as rarely wrong as it claims: at the planned number where it is made for one look, at every look where it
says that it is valid now. The figures are made by the product's own functions (`app/domain/statistics`,
`app/domain/certification.py`, `app/domain/confidence.py`, `app/domain/ab/sums.py`), at α = .05."""

LOOKS: Final = f"""Opinions of both arms come one by one, a coin says of which arm, and one looks after each, up to
6 000: in per cent of tests, a difference that was ever claimed between arms that are the same. The rule that many tools
invite, p < .05 at any look, stands first; it is no part of the product. This rule, the confidence sequence (tightest at
5 000 opinions) and mSPRT (τ = {TAU:g} of the scale, variances with 8 pseudo-feedback) hold for many opinions and speak
from {LEAST} per arm on; betting speaks from the first."""

STOPS: Final = """And how soon a true difference is claimed: the median number of opinions per arm, with a look at every
20 of both. A test with one look would be planned with the number in the second column, and then finds the difference in
80 % of cases."""

SPLITS: Final = """Sample ratio mismatch (SRM) among 20 000 units, told when p < .001, with one look at the end and with
a look at every unit. These are probabilities, summed over all outcomes instead of drawn, and the bars are kept to a
hundredth of a per cent: counts are whole numbers, so the level of the χ² test cannot be met more nearly. The bar of
95 % is for shares of 48:52 where 50:50 was meant. 50:52, in the last row, is half as skewed, and so many units seldom
tell it."""

REST: Final = f"""**Another order**: facts of {FACTS} units, a tenth of which change their mind, come to the sums in
other orders, and rows are read in other orders; every figure is compared to the last bit. **CUPED**: what units did
before is independent of what they do, and the table says how much wider the interval is than without it, in the worst
of all tests. One θ serves both arms, as published (Deng and others 2013), so that it can fit a small arm beside a large
one badly; the bar is for equal arms, and for others from {FEWEST} units in the smaller one on."""

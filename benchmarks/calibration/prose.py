"""What docs/calibration.md says around its tables."""

from typing import Final

from benchmarks.calibration import greedy, thompson, track_and_stop

RUNNING_TITLE: Final = "How to run it"

INTRODUCTION: Final = """# How well the allocator decides, and the A/B statistics hold

An allocator that moves real traffic must not be believed on its word. Here it plays simulated use cases whose truth is
known: sessions go to flows by shares that are constant inside a tick, some of them send feedback, sooner or later, and
after each tick the allocator answers new shares. It is the product's own code (`app.domain.allocator.advance`, with
every setting at its default), and beside it three rules in common use play the very same use cases. A/B tests, whose
shares nobody moves, are simulated for themselves and have a section of their own. This page is written by the command
at its end; do not edit it."""

FIGURES: Final = """## What each figure means

A **superiority claim** names a winner: better than all others. It is false when the flow was not the best at that
moment, and always when all flows are the same. A **pick** is any decision, also "no other is more than ε better"; it is
worse than ε when the flow was then more than ε under the best (0.1 rating points, .02 of a rate). Only a run's first
decision counts. **Decided** and **sessions to decide** look at gap and feedback scenarios; times are medians, combined
over scenarios by the geometric mean; a run without a decision took all its sessions. **Regret** is the mean number of
score points lost per 10 000 sessions against serving the best flow of each moment. The **worst flow** is the one with
the lowest true mean. A **healthy flow escaped** when it was sent away while its true mean was at or above its floor.
A **fallen flow** is under its floor; counted are all sessions it served from its fall on, the tick of the fall
included. Means are over scenarios, "worst" is the scenario with the highest figure. Brackets are 95 % intervals
(Wilson) of the share of runs. The goal is kept by the figure itself, not by a corner of its interval."""

BESIDE: Final = """All rules: wrong claims in per cent of runs (a winner that was not the best, or a pick more than ε
under it) · median sessions to a decision · score points lost per 10 000 sessions."""

RULES_PROSE: Final = f"""## The rules

- **ours**: comparisons inside epochs of constant shares, e-values that may be looked at at every tick, shares that lean
  to the probable best with a floor, and an e-CUSUM against each flow's floor.
- **greedy**: every tick {greedy.STEP:g} points of traffic go to the flow with the highest running mean, which is
  rounded to two decimals at each feedback, once each flow has {greedy.MIN_FEEDBACK} feedback; the first flow at 100 %
  has won. A flow whose mean is at or under its lower score after {greedy.ESCAPE_AFTER} feedback ends the rollout.
- **Thompson**: shares are the probability of being the best, after {thompson.EQUAL_TICKS} ticks of an equal split;
  stopped for good when one flow has {100 * thompson.CERTAIN:g} %.
- **track-and-stop**: the optimal proportions of Garivier and Kaufmann (2016) for the means and variances seen so far,
  after {track_and_stop.MIN_FEEDBACK} feedback each, stopped by a likelihood ratio at
  δ = {track_and_stop.DELTA:g}; **±ε** claims only that no flow is more than ε better.

Only ours and the greedy rule know floors; the others serve a fallen flow until its long-time mean has sunk. A simple
rule that decides earlier, or loses less, in a row of the second table pays for it in its first figure somewhere else:
Thompson sampling and the greedy rule prove nothing."""

RUNNING: Final = f"""## {RUNNING_TITLE}

    make calibrate                      # everything; writes this page; exit code 1 when a goal or bar is missed
    make calibrate ARGS="--quick"       # some scenarios, few runs, about a minute; writes nothing
    make calibrate ARGS="--only ab"     # the A/B statistics, about a minute; writes their section of this page
    make calibrate ARGS="--scenarios same,fall --reps 500 --jobs 4 --out same.md"

`--scenarios` takes groups and beginnings of names, and leaves the A/B statistics out; `--reps` is of the allocator. The
parameters of every scenario stand in `benchmarks/calibration/scenarios.py`, the goals in `goals.py`; those of the A/B
statistics in `ab_trials.py` and `ab_bars.py`. Each run has a seed of its own, so the figures depend on the seed and the
versions below, not on the number of processes. The allocator is told by the digest of its files."""

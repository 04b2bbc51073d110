"""A prior from outcomes: trees, words and length for each of the two models."""

from collections.abc import Callable

import numpy as np

from app.domain.routing.boosting import Boosting
from app.domain.routing.encoding import Encoding
from app.domain.routing.prior import Prior, PriorHead
from benchmarks.difficulty import regression
from benchmarks.difficulty.outcomes import Chosen, Numbers, Outcomes


def trained(outcomes: Outcomes, rows: Chosen) -> Prior:
    """The prior that these rows teach."""
    seen = [outcomes.seen[row] for row in rows]
    boosting = Boosting(np.array([each.figures for each in seen]))
    options = np.array([each.has_options for each in seen])
    length = np.array([each.length[0] for each in seen])

    def head(quality: Numbers) -> PriorHead:
        weights, intercept = regression.words([each.places for each in seen], quality)
        unit = float(np.float32(np.abs(weights).max() / 127))
        return PriorHead(
            trees=boosting.fit(quality),
            words=np.rint(weights / unit).astype(np.int8),
            unit=unit,
            intercept=round(intercept, 4),
            length=(
                regression.line(length[~options], quality[~options]),
                regression.line(length[options], quality[options]),
            ),
        )

    return Prior(weak=head(outcomes.weak[rows]), strong=head(outcomes.strong[rows]))


def held_out(
    outcomes: Outcomes, folds: int, seed: int, *, told: Callable[[Prior, Encoding], float] = Prior.need
) -> Numbers:
    """For each row what a prior of the other parts tells, less artefacts: the need of the strong model unless else."""
    found = np.zeros(len(outcomes.prompts))
    for part in outcomes.parts(folds, seed):
        others = np.setdiff1d(np.flatnonzero(~outcomes.artefact), part)
        prior = trained(outcomes, others)
        found[part] = [told(prior, outcomes.seen[row]) for row in part]
    return found

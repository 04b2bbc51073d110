"""A readout is what an A/B test knows now: each arm's figures, each treatment against the control, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from app.domain.ab.design import Design
from app.domain.response_rates import UnequalResponse
from app.domain.statistics.bayes import Posterior
from app.domain.statistics.cuped import Adjusted
from app.domain.statistics.ranks import RankTest
from app.domain.statistics.split import SplitEvidence, SplitTest
from app.domain.statistics.tables import ChiSquare

Word = Literal["win", "lose", "no meaningful difference", "keep running"]
Method = Literal["exact", "asymptotic"]
TestName = Literal["two-proportion z", "Fisher exact", "Welch t", "none"]
UNDECIDED: Final[Word] = "keep running"


@dataclass(frozen=True, slots=True)
class ArmFigures:
    """One metric of one arm: `n` of its `units` have a value. In the metric's units; the interval is for one look.

    `mean`, `low` and `high` are None without values, `deviation` too with fewer than two.
    """

    arm: str
    units: int
    n: int
    mean: float | None
    deviation: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class AtPlanned:
    """A test for one look, at the planned number of values; before it is `reached` its p-value means nothing.

    Treatment less control in the metric's units, with the interval of this one comparison at 1 − alpha. `p_adjusted`:
    by Holm over the treatments for the primary metric, by Benjamini and Hochberg over all others. `ranks` and `table`
    stand beside it where values are levels. None where nothing can be told.
    """

    reached: bool
    test: TestName
    diff: float | None
    low: float | None
    high: float | None
    relative: float | None
    statistic: float | None
    p_value: float | None
    p_adjusted: float | None = None
    ranks: RankTest | None = None
    table: ChiSquare | None = None


@dataclass(frozen=True, slots=True)
class Least:
    """The least p-value of former looks, and the difference that was seen then, None where that is not on record."""

    p_value: float = 1.0
    diff: float | None = None


@dataclass(frozen=True, slots=True)
class ValidNow:
    """What holds at every look, treatment less control in the metric's units, over all treatments together.

    `p_value` of now, and `running_p`, the least so far, found at a difference of `running_diff`. `log_e`: that the
    treatment's mean is above, or under, by exact betting. `method` says what the interval is of: exact betting under
    100 values an arm, or where fewer than 10 carry a mean, else the asymptotic confidence sequence. The interval is
    None while nothing can be told.
    """

    method: Method
    diff: float | None
    low: float | None
    high: float | None
    p_value: float
    running_p: float
    log_e_above: float
    log_e_under: float
    running_diff: float | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """One treatment against the control in one metric. `described` and `cuped` are no reason to stop."""

    arm: str
    planned: AtPlanned
    now: ValidNow
    described: Posterior | None
    cuped: Adjusted | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of one treatment by the primary metric, in a word and in a sentence."""

    arm: str
    word: Word
    sentence: str


@dataclass(frozen=True, slots=True)
class MetricReadout:
    """One metric: every arm, and every treatment against the control."""

    name: str
    arms: tuple[ArmFigures, ...]
    against_control: tuple[Compared, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """Values collected and required by arm, units so far and required, and how many more days that takes at this pace.

    `days_left` is None while no pace can be told; 0 once the numbers are reached.
    """

    collected: Mapping[str, int]
    required: Mapping[str, int]
    units: int
    required_units: int
    reached: bool
    days_left: float | None


@dataclass(frozen=True, slots=True)
class TestReadout:
    """All of it. `trusted` False: units did not come to the arms as was meant, and no figure can be relied on.

    `best`: the arm that should get the traffic, None while that is open. `warnings` are sentences.
    """

    __test__ = False  # pytest would take its name for a test

    design: Design
    metrics: tuple[MetricReadout, ...]
    verdicts: tuple[Verdict, ...]
    split: SplitTest
    split_now: SplitEvidence
    trusted: bool
    unequal_response: UnequalResponse | None
    progress: Progress
    best: str | None
    recommendation: str
    warnings: tuple[str, ...]

    @property
    def decided(self) -> bool:
        """Whether every treatment has a verdict that holds."""
        return self.trusted and all(verdict.word != UNDECIDED for verdict in self.verdicts)

"""What a person wants of an A/B test, by flow code, before it is checked against the use case and its traffic."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.ab.design import UnitBy
from app.domain.ab.metric import Metric
from app.domain.statistics.alternatives import Side

SHARE = 1_000  # a tenth of the units: enough to learn from, little to lose


@dataclass(frozen=True, slots=True)
class WantedArm:
    """A flow by code; `weight` in 1/10 000 of those that take part, None: all arms alike. Named as its flow is."""

    flow: str
    name: str | None = None
    weight: int | None = None


@dataclass(frozen=True, slots=True)
class WantedTest:
    """What an A/B test is asked to find out.

    `mde`: the least absolute effect it must find, in units of the metric; an effect within ±`margin` (by default
    `mde`) does not matter. `baseline_mean`, `baseline_deviation`, `answering`: what is expected without any effect, by
    default what current traffic shows. `share` of the use case's units, 1/10 000, takes part. `layer`: tests that share
    one never have a unit in common; by default the use case's own. `same`: an A/A test, one flow in all arms.
    """

    arms: tuple[WantedArm, ...]
    metric: Metric
    mde: float
    name: str = ""
    control: str | None = None
    secondary: tuple[Metric, ...] = ()
    margin: float | None = None
    power: float = 0.8
    alpha: float = 0.05
    side: Side = "two-sided"
    baseline_mean: float | None = None
    baseline_deviation: float | None = None
    answering: float | None = None
    share: int = SHARE
    layer: str | None = None
    unit: UnitBy = "auto"
    max_days: float | None = None
    min_units: int = 100
    auto_stop: bool = True
    window_days: int = 30
    pre_days: int = 28
    overrides: Mapping[str, str] = field(default_factory=dict)
    same: bool = False

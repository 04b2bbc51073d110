"""An A/B test as people read it: how it stands in few words, and figures in the metric's own units."""

from dataclasses import dataclass
from typing import Final

from app.admin import shown
from app.domain.ab.design import Design
from app.domain.ab.metric import Metric
from app.domain.ab.readout import ArmFigures, Compared, MetricReadout, ValidNow, Word
from app.domain.ab.slots import size_of
from app.domain.ab.verdict import amount
from app.domain.event import Event
from app.domain.experiment import Experiment
from app.services import experiment_events
from app.services.ab import readout
from app.services.ab.designs import design_of
from app.services.ab.readout import Known
from app.services.world import World

EVENTS: Final = 10
TONES: Final[dict[Word, str]] = {
    "win": "good",
    "lose": "bad",
    "no meaningful difference": "off",
    "keep running": "warn",
}


@dataclass(frozen=True, slots=True)
class Title:
    """How a test stands in few words; `tone` names the colour, `told` is a sentence."""

    use_case: str
    name: str
    tone: str
    word: str
    told: str


@dataclass(frozen=True, slots=True)
class Span:
    """An interval of a difference on a line from −`reach` to +`reach`, in percent of it; `zero` is its middle."""

    low: float
    high: float
    middle: float


@dataclass(frozen=True, slots=True)
class Sight:
    """All that the page of one test shows."""

    known: Known
    title: Title
    metrics: tuple[tuple[Metric, MetricReadout], ...]
    events: tuple[Event, ...]

    @property
    def sign(self) -> str:
        """Changes when other things can be done with it than before."""
        it = self.known.experiment
        return f"{it.status}-{it.outcome}-{self.known.readout.best}"


def sight(world: World, experiment: Experiment) -> Sight:
    """The page of a test that is no draft. Raises NotFound."""
    known = readout.readout(world, experiment.id)
    specs = known.readout.design.metrics
    return Sight(
        known=known,
        title=title(world, known.experiment),
        metrics=tuple(zip(specs, known.readout.metrics, strict=True)),
        events=experiment_events.newest(world, experiment.id, limit=EVENTS),
    )


def title(world: World, experiment: Experiment) -> Title:
    """How it stands."""
    owner = world.snapshots.current.use_cases_by_id.get(experiment.use_case_id)
    design = design_of(experiment)
    tone, word, told = _standing(experiment, design)
    return Title(shown.NONE if owner is None else owner.code, design.name, tone, word, told)


def figure(metric: Metric, value: float | None, *, signed: bool = False) -> str:
    """A value, or a difference, in the metric's units."""
    return shown.NONE if value is None else amount(metric, value, signed=signed)


def span(now: ValidNow, metric: Metric) -> Span | None:
    """Where the interval lies; None while nothing can be told."""
    if now.low is None or now.high is None or now.diff is None:
        return None
    reach = max(abs(now.low), abs(now.high)) or metric.span
    low, high, middle = (_percent(value / reach) for value in (now.low, now.high, now.diff))
    return Span(low, high, middle)


def chance(p: float | None) -> str:
    """A p-value."""
    if p is None:
        return shown.NONE
    return "< .0001" if p < 1e-4 else f"{p:.4f}".removeprefix("0") if p < 1 else "1"


def share(design: Design) -> str:
    """The part of units that takes part."""
    return f"{size_of(design.slots) / 100:g} %"


def pairs(sight: Sight) -> list[tuple[Metric, list[tuple[ArmFigures, Compared | None]]]]:
    """Each metric with its arms, and what each is against the control."""
    found = []
    for metric, one in sight.metrics:
        against = {each.arm: each for each in one.against_control}
        found.append((metric, [(arm, against.get(arm.arm)) for arm in one.arms]))
    return found


def _percent(part: float) -> float:
    return round(50 + 50 * min(1.0, max(-1.0, part)), 2)


def _standing(it: Experiment, design: Design) -> tuple[str, str, str]:
    winner = next((arm.name for arm in design.arms if arm.flow_id == it.winner_flow_id), None)
    match it.outcome:
        case "completed":
            return "good", "decided", f"{winner} is proven best."
        case "equivalent":
            return "off", "no difference", "Nothing that matters is between the arms."
        case "inconclusive":
            return "warn", "no verdict", "Its longest duration was over before anything was proven."
        case "stopped":
            return "off", "stopped", "An operator stopped it."
    if it.status == "draft":
        return "off", "draft", "It has not started. Nobody takes part yet."
    return "good", "collecting", "Units are dealt out to the arms and compared."

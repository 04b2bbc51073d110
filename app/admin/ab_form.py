"""An A/B test as people type it into the planner; every fault is said at its field, and nothing typed is lost.

Its fields are named by where they stand in the AbForm, which decides what is right; `arm.<flow>` marks who takes part.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, get_args

from app.admin import refusals, rollout_typed
from app.admin.rollout_typed import Kind
from app.domain.ab.metric import Kind as MetricKind
from app.domain.flow import Flow
from app.services.ab.form import AbForm
from app.services.ab.wanted import WantedTest

LONGEST: Final = 255
METRICS: Final[tuple[str, ...]] = get_args(MetricKind)
IN_DOLLARS: Final = ("metric.high", "mde", "baseline.mean", "baseline.deviation")  # where the metric is a cost


def signed(text: str) -> float:
    """A number that may be negative. Raises ValueError."""
    plain = text.strip()
    return -rollout_typed.number(plain[1:]) if plain[:1] in ("-", "−") else rollout_typed.number(plain)


PLAIN: Final[Mapping[str, Kind]] = {
    "metric.kind": rollout_typed.word,
    "metric.name": rollout_typed.word,
    "metric.low": signed,
    "metric.high": signed,
    "mde": rollout_typed.number,
    "power": rollout_typed.percent,
    "alpha": rollout_typed.percent,
    "side": rollout_typed.word,
    "share": rollout_typed.share,
    "control": rollout_typed.word,
    "baseline.mean": signed,
    "baseline.deviation": rollout_typed.number,
    "baseline.answering": rollout_typed.percent,
}
USUAL: Final = {"metric.kind": "rating", "power": "80", "alpha": "5", "side": "two-sided", "share": "10"}


@dataclass(frozen=True, slots=True)
class PlannerForm:
    """What was typed about a test of these active flows, the one with most traffic first, and what is wrong with it."""

    flows: tuple[str, ...]
    typed: Mapping[str, str]
    faults: dict[str, str] = field(default_factory=dict)

    @classmethod
    def blank(cls, found: Sequence[Flow]) -> "PlannerForm":
        """The usual test: the two flows with most traffic."""
        codes = _codes(found)
        marked = {f"arm.{code}": "yes" if at < 2 else "" for at, code in enumerate(codes)}
        return cls(codes, {**dict.fromkeys(PLAIN, ""), **USUAL, **marked})

    @classmethod
    def sent(cls, found: Sequence[Flow], form: Mapping[str, str]) -> "PlannerForm":
        """What was sent."""
        codes = _codes(found)
        names = [*PLAIN, *(f"arm.{code}" for code in codes)]
        return cls(codes, {name: form.get(name, "").strip()[:LONGEST] for name in names})

    def wanted(self, slowest_ms: float) -> WantedTest | None:
        """The test, or None with faults."""
        plain = self._plain()
        if self.faults:
            return None
        return refusals.made(lambda: AbForm.model_validate(plain).wanted(slowest_ms), self._fault)

    def attempt(self, act: Callable[[], object]) -> bool:
        """Whether `act` was not refused; what it refuses is a fault of its field, or of the form."""
        refusals.made(act, self._fault)
        return not self.faults

    def _plain(self) -> dict[str, Any]:
        """As JSON that AbForm takes; Any, since it decides about each value."""
        plain: dict[str, Any] = {"metric": {}, "baseline": {}}
        for name, kind in PLAIN.items():
            above, _, leaf = name.rpartition(".")
            money = self.typed["metric.kind"] == "cost" and name in IN_DOLLARS
            value = self._read(name, rollout_typed.usd if money else kind)
            if value is not None:
                (plain[above] if above else plain)[f"{leaf}_usd" if money else leaf] = value
        plain["arms"] = [{"flow": flow} for flow in self.flows if self.typed[f"arm.{flow}"] == "yes"]
        return plain

    def _read(self, name: str, kind: Kind) -> object:
        given = self.typed[name]
        if not given:
            return None
        try:
            return kind(given)
        except ValueError as error:
            self.faults[name] = str(error)
            return None

    def _fault(self, at: str, message: str) -> None:
        place = "arms" if at.startswith("arms") else at.removesuffix("_usd")
        known = place in self.typed or place == "arms"
        self.faults[place if known else ""] = refusals.sentence(message)


def _codes(found: Sequence[Flow]) -> tuple[str, ...]:
    return tuple(flow.code for flow in sorted(found, key=lambda flow: -flow.weight) if flow.active)

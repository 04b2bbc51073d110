"""A rollout as people type it into a form; every fault is said at its field, and nothing typed is lost.

Its fields are named by where they stand in the RolloutForm, which decides what is right.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.admin import refusals, rollout_typed
from app.admin.rollout_typed import LIMITS, PLAIN, RULE, Kind
from app.services.rollout_form import EscapeForm, RolloutForm, written
from app.services.rollouts import Wanted

BY: Final = ("off", "minutes", "sessions")
PLACES: Final = {"warmup": "warmup.length", "warmup.minutes": "warmup.length", "warmup.sessions": "warmup.length"}
LONGEST: Final = 255


@dataclass(frozen=True, slots=True)
class DraftForm:
    """What was typed for these flows, and what is wrong with it, by field. `before`: what is stored, if anything.

    Fields of the stored one that the page does not show, as the rollback of an escape rule, stay as they are.
    """

    flows: tuple[str, ...]
    typed: Mapping[str, str]
    before: Wanted
    faults: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, flows: Sequence[str], wanted: Wanted) -> "DraftForm":
        """A rollout as it is stored, or the usual one."""
        plain = written(wanted)
        typed = {name: rollout_typed.written(kind, _at(plain, name)) for name, kind in PLAIN.items()}
        warmup = wanted.warmup
        by = "off" if warmup is None else "sessions" if warmup.sessions is not None else "minutes"
        length = "" if warmup is None else str(warmup.sessions if warmup.minutes is None else warmup.minutes)
        typed |= {"warmup.by": by, "warmup.length": length, "warmup.shape": warmup.shape if warmup else "linear"}
        typed["warmup.hold"] = "yes" if warmup is None or warmup.hold else ""
        goals: Mapping[str, int] = {} if warmup is None else warmup.goals
        for flow in flows:
            typed[f"warmup.goals.{flow}"] = rollout_typed.written(rollout_typed.share, goals.get(flow))
            rule = _at(plain, f"escape.{flow}") or EscapeForm().model_dump()
            typed |= {f"escape.{flow}.{name}": rollout_typed.written(kind, rule[name]) for name, kind in RULE.items()}
        return cls(tuple(flows), typed, wanted)

    @classmethod
    def sent(cls, flows: Sequence[str], form: Mapping[str, str], before: Wanted) -> "DraftForm":
        """What was sent."""
        names = cls.of(flows, before).typed
        return cls(tuple(flows), {name: form.get(name, "").strip()[:LONGEST] for name in names}, before)

    def wanted(self) -> Wanted | None:
        """The rollout, or None with faults."""
        plain = self._plain()
        if self.faults:
            return None
        return refusals.made(lambda: RolloutForm.model_validate(plain).wanted(), self._fault)

    def attempt(self, act: Callable[[], object]) -> bool:
        """Whether `act` was not refused; what it refuses is a fault of its field, or of the form."""
        refusals.made(act, self._fault)
        return not self.faults

    def _plain(self) -> dict[str, Any]:
        """As JSON that RolloutForm takes; Any, since it decides about each value."""
        plain: dict[str, Any] = written(self.before)
        usual = RolloutForm().model_dump()
        for name, kind in PLAIN.items():
            above, _, leaf = name.rpartition(".")
            place = plain[above] if above else plain
            place[leaf] = self._read(name, kind, _at(usual, name))
        plain["warmup"] = self._warmup()
        plain["escape"] = {flow: rule for flow in self.flows if (rule := self._rule(flow)) is not None}
        return plain

    def _warmup(self) -> dict[str, Any] | None:
        by = self.typed["warmup.by"]
        if by not in BY:
            self.faults["warmup.by"] = "Please choose one."
        if by in ("", "off"):
            return None
        if not self.typed["warmup.length"]:
            self.faults["warmup.length"] = f"How many {by}?"
        goals = {flow: self._read(f"warmup.goals.{flow}", rollout_typed.share, None) for flow in self.flows}
        return {
            by: self._read("warmup.length", rollout_typed.count, None),
            "shape": self.typed["warmup.shape"],
            "goals": {flow: goal for flow, goal in goals.items() if goal is not None},
            "hold": self.typed["warmup.hold"] == "yes",
        }

    def _rule(self, flow: str) -> dict[str, Any] | None:
        """None where no limit is set: without one nobody escapes."""
        if not any(self.typed[f"escape.{flow}.{name}"] for name in LIMITS):
            return None
        stored = self.before.escape.get(flow)
        usual = EscapeForm().model_dump()
        rule = {name: self._read(f"escape.{flow}.{name}", kind, usual[name]) for name, kind in RULE.items()}
        return {**rule, "rollback": dict(stored.rollback) if stored is not None and stored.rollback else None}

    def _read(self, name: str, kind: Kind, usual: object) -> object:
        given = self.typed[name]
        if not given and kind is not rollout_typed.flag:
            return usual
        try:
            return kind(given)
        except ValueError as error:
            self.faults[name] = str(error)
            return usual

    def _fault(self, at: str, message: str) -> None:
        place = PLACES.get(at, at)
        known = place in self.typed or place == "warmup.goals"
        self.faults[place if known else ""] = refusals.sentence(message)


def _at(plain: Mapping[str, Any], path: str) -> Any:
    """What stands there, None where nothing does. Any: JSON."""
    found: Any = plain
    for name in path.split("."):
        if not isinstance(found, Mapping) or name not in found:
            return None
        found = found[name]
    return found

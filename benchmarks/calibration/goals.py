"""What the allocator must reach, as functions of every rule's figures in every scenario."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from app.domain.statistics.proportions import wilson
from benchmarks.calibration.figures import Figures
from benchmarks.calibration.scenarios import Group, Scenario

Form = Literal["percent", "times", "count"]
Table = Mapping[tuple[str, str], Figures]
OURS: Final = "ours"
GREEDY: Final = "greedy"
THOMPSON: Final = "Thompson"
TRACKING: Final = "track-and-stop"
WITHIN: Final = "track-and-stop ±ε"
RULES: Final = (OURS, GREEDY, THOMPSON, TRACKING, WITHIN)
MEASURED: Final[tuple[Group, ...]] = ("gap", "feedback")
DIFFERENT: Final[tuple[Group, ...]] = ("gap", "feedback", "drift", "decay", "fall", "newcomer")


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure, and where it is an error rate the 95 % interval (Wilson) of what it was counted from."""

    value: float
    interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Played:
    """All that was simulated."""

    scenarios: tuple[Scenario, ...]
    table: Table

    def of(self, rule: str, *groups: Group) -> list[tuple[Scenario, Figures]]:
        """The rule's figures in the scenarios of these groups; of all groups when none is named."""
        chosen = [scenario for scenario in self.scenarios if not groups or scenario.group in groups]
        return [(scenario, self.table[scenario.name, rule]) for scenario in chosen]


Read = Callable[[Played, str], Reading | None]


@dataclass(frozen=True, slots=True)
class Goal:
    """`goal` and the harder `stretch` bound what `read` finds for a rule; None where there is nothing to read."""

    name: str
    goal: float
    stretch: float
    read: Read
    form: Form = "percent"
    at_least: bool = False

    def meets(self, value: float, bound: float) -> bool:
        """Whether a value keeps the bound."""
        return value >= bound if self.at_least else value <= bound


def mean_rate(count: Callable[[Figures], int], *groups: Group) -> Read:
    """The mean over scenarios of a rate of runs; scenarios have equally many runs."""

    def read(played: Played, rule: str) -> Reading | None:
        found = played.of(rule, *groups)
        if not found:
            return None
        hits, runs = sum(count(one) for _, one in found), sum(one.runs for _, one in found)
        return Reading(hits / runs, wilson(hits, runs))

    return read


def worst_rate(count: Callable[[Figures], int], *groups: Group) -> Read:
    """The rate in the scenario where it is highest."""

    def read(played: Played, rule: str) -> Reading | None:
        found = played.of(rule, *groups)
        if not found:
            return None
        worst = max((one for _, one in found), key=lambda one: count(one) / one.runs)
        return Reading(count(worst) / worst.runs, wilson(count(worst), worst.runs))

    return read


def geometric_sessions(played: Played, rule: str) -> float | None:
    """The geometric mean over scenarios of the median sessions to a decision; a run that never decides took it all."""
    found = played.of(rule, *MEASURED)
    logs = [math.log(min(one.sessions_to_decide, each.sessions * each.ticks)) for each, one in found]
    return math.exp(math.fsum(logs) / len(logs)) if logs else None


def mean_regret(played: Played, rule: str) -> float | None:
    """The mean over scenarios of the score points lost per 10 000 sessions."""
    found = [one.regret for _, one in played.of(rule, *MEASURED)]
    return math.fsum(found) / len(found) if found else None


def against(figure: Callable[[Played, str], float | None], rival: str) -> Read:
    """A figure of a rule as a multiple of the rival's."""

    def read(played: Played, rule: str) -> Reading | None:
        own, other = figure(played, rule), figure(played, rival)
        return None if own is None or not other else Reading(own / other)

    return read


def worst_flow_share(played: Played, rule: str) -> Reading | None:
    """The mean over scenarios of the part of sessions that the worst flow served."""
    found = [one.worst_share for _, one in played.of(rule, *MEASURED)]
    return Reading(math.fsum(found) / len(found)) if found else None


def most_fallen_sessions(played: Played, rule: str) -> Reading | None:
    """Sessions served by a flow after its fall, in the scenario where they are most."""
    found = [one.fallen_sessions for _, one in played.of(rule) if one.fallen_sessions is not None]
    return Reading(max(found)) if found else None


GOALS: Final = (
    Goal("false superiority claims, mean", 0.005, 0.0, mean_rate(lambda one: one.false_superior, *DIFFERENT)),
    Goal(
        "false superiority claims, worst scenario", 0.03, 0.01, worst_rate(lambda one: one.false_superior, *DIFFERENT)
    ),
    Goal("picks worse than ε, mean", 0.005, 0.001, mean_rate(lambda one: one.worse, *DIFFERENT)),
    Goal("picks worse than ε, worst scenario", 0.02, 0.01, worst_rate(lambda one: one.worse, *DIFFERENT)),
    Goal("winner among same flows, worst scenario", 0.05, 0.03, worst_rate(lambda one: one.false_superior, "same")),
    Goal("decided within the run", 0.99, 1.0, mean_rate(lambda one: one.decided, *MEASURED), at_least=True),
    Goal("sessions to decide, of track-and-stop's", 0.75, 0.65, against(geometric_sessions, TRACKING), "times"),
    Goal("sessions to decide, of track-and-stop ±ε's", 1.3, 1.1, against(geometric_sessions, WITHIN), "times"),
    Goal("regret, of the greedy rule's", 0.40, 0.30, against(mean_regret, GREEDY), "times"),
    Goal("regret, of track-and-stop's", 0.60, 0.50, against(mean_regret, TRACKING), "times"),
    Goal("regret, of track-and-stop ±ε's", 1.0, 0.80, against(mean_regret, WITHIN), "times"),
    Goal("share of the worst flow, mean", 0.06, 0.05, worst_flow_share),
    Goal("healthy flow escaped, worst scenario", 0.01, 0.0, worst_rate(lambda one: one.false_escapes)),
    Goal("sessions served by a fallen flow, worst scenario", 700, 350, most_fallen_sessions, "count"),
    Goal("on the new best after slow decay", 0.95, 1.0, mean_rate(lambda one: one.on_best, "decay"), at_least=True),
)

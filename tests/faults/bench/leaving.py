"""Scenarios of callers who leave: the upstream is let go, what was said is booked, and nobody is blamed."""

from collections.abc import Iterator
from typing import Final

from tests.faults.bench import acts, stream_acts
from tests.faults.bench.acts import ok, then
from tests.faults.bench.asks import Ask
from tests.faults.bench.checks import asked, booked, hung_up, spent
from tests.faults.bench.scenario import Scenario, Seen, Stage
from tests.faults.bench.settings import PATIENT
from tests.faults.bench.stream_acts import stall_after
from tests.faults.bench.upstream import Act

DOORS: Final = ("openai", "native", "use-case")
NEVER: Final = "a caller who stays gets no answer after many have left"


def scenarios() -> Iterator[Scenario]:
    """All of them."""
    must = (hung_up(), asked(primary=1, secondary=0), booked)
    for door in DOORS:
        early, later = Ask(door, leave_s=0.4), Ask(door, leave_after=3)
        acts_of: dict[str, tuple[Act, Ask, bool]] = {
            "silence": (acts.silence, early, False),
            "headers-only": (stall_after(0), early, False),
            "comments-only": (stall_after(0, comment=stream_acts.COMMENT), early, False),
            "speech": (stream_acts.endless(0.05), later, True),
            "flood": (stream_acts.endless(0.0005), later, True),
            "stall": (stall_after(3), later, True),
            "stall-comments": (stall_after(3, comment=stream_acts.COMMENT), later, True),
        }
        for name, (act, how, told) in acts_of.items():
            checks = (*must, spent) if told else must
            yield Scenario(f"leaves-{name}-{door}", then(act), checks, how, setting=PATIENT)
    quiet = then(*[acts.silence] * 8, ok)
    yield Scenario(
        "leaves-often", quiet, (_nobody_is_blamed,), Ask(leave_s=0.3), course=_eight_leave, setting=PATIENT, alone=True
    )


def _eight_leave(stage: Stage, how: Ask) -> None:
    stage.crowd(how, callers=8)
    stays = stage.ask(Ask(how.door))
    stage.seen.counts["served after leavers"] = float(stays.whole and stays.text.startswith("primary"))


def _nobody_is_blamed(seen: Seen) -> Iterator[str]:
    if not seen.counts["served after leavers"]:
        yield f"expected the primary's answer after eight callers left, got {seen.answers[-1]}"

"""Scenarios of streams that break after tokens and are rescued, by the setting or by the request's own wish."""

from collections.abc import Iterator
from typing import Final

from tests.faults.bench import spoken, stream_acts
from tests.faults.bench.acts import ok, then
from tests.faults.bench.asks import Ask
from tests.faults.bench.checks import answered, asked, failed, passed_on, restarted, rows, within
from tests.faults.bench.scenario import Check, Scenario
from tests.faults.bench.settings import BUFFERED, QUICK
from tests.faults.bench.stream_acts import after, reset_after, stall_after
from tests.faults.bench.upstream import Act

FAULTS: Final[dict[str, Act]] = {
    "cut": after(3, closing=False),
    "reset": reset_after(3),
    "broken-json": after(3, stream_acts.broken_json()),
    "error-event": after(3, b"data: " + spoken.error("server_error", "server_error") + b"\n\n"),
    "stall": stall_after(3),
    "unfinished": stream_acts.unended(finish=False),
}
DOORS: Final = ("openai", "native", "use-case")


def scenarios() -> Iterator[Scenario]:
    """All of them."""
    rescued: tuple[Check, ...] = (
        answered("secondary"),
        asked(secondary=1),
        within(2 * QUICK.idle_s),
        passed_on,
    )
    for name, act in FAULTS.items():
        for door in DOORS:
            buffered = Ask(door, fields={"stream_recovery": "buffer"})
            yield Scenario(f"buffer-{name}-{door}", then(act), rescued, buffered)
            again = Ask(door, fields={"stream_recovery": "restart"})
            yield Scenario(f"restart-{name}-{door}", then(act), (*rescued, restarted), again)
        yield Scenario(f"buffer-set-{name}", then(act), rescued, Ask(), setting=BUFFERED)
    error = Ask(fields={"stream_recovery": "error"})
    must = (failed(), asked(primary=1, secondary=0), rows("primary error"))
    yield Scenario("error-over-set-buffer", then(FAULTS["cut"]), must, error, setting=BUFFERED)
    once = Ask(chain=False, fields={"stream_recovery": "buffer"})
    yield Scenario("buffer-single-once", then(FAULTS["cut"], ok), (answered(), asked(primary=2)), once)
    good = (answered(), asked(primary=1, secondary=0))
    yield Scenario("buffer-good", then(ok), good, Ask(fields={"stream_recovery": "buffer"}))
    yield Scenario("restart-good", then(ok), good, Ask(fields={"stream_recovery": "restart"}))

"""One provider, two models and one fault after the other, as a vendor's worst day: none may spoil what comes later."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from tests.faults.bench import acts, spoken, stream_acts
from tests.faults.bench.acts import limited, ok, says, then
from tests.faults.bench.asks import Ask
from tests.faults.bench.checks import answered, either, failed, within
from tests.faults.bench.line import Request
from tests.faults.bench.scenario import Check, Scenario, Seen, Stage
from tests.faults.bench.settings import QUICK
from tests.faults.bench.upstream import Act, Script

CHAIN, SINGLE = Ask(), Ask(chain=False)
SAFE: Final = (answered("secondary"), within(QUICK.run_s))
SOUND: Final = (answered(), within(QUICK.run_s))
RESCUED_OR_NOT: Final = (either(answered("secondary"), failed()), within(QUICK.run_s))
ENDS: Final = (failed(), within(QUICK.run_s))
BACK_S: Final = 2 * QUICK.breaker_open_s + 1.5  # the longest pause or rest, and the slack of a busy machine


@dataclass(frozen=True, slots=True)
class Part:
    """One fault of the primary, asked `times` over, and what must come of it."""

    name: str
    primary: Script
    ask: Ask
    must: tuple[Check, ...]
    times: int = 1


PARTS: Final = (
    Part("well", then(ok), CHAIN, SOUND),
    Part("one 429", then(limited(Retry_After="1"), ok), SINGLE, SOUND),
    Part("429 for ever", then(limited()), SINGLE, ENDS),
    Part("429 for ever, with a fallback", then(limited(retry_after_ms="2200")), CHAIN, SAFE),
    Part("one 500", then(says(500), ok), SINGLE, SOUND),
    Part("503 for ever", then(says(503)), SINGLE, ENDS, times=3),
    Part("503 for ever, with a fallback", then(says(503)), CHAIN, SAFE, times=3),
    Part("a reset", then(acts.reset, ok), SINGLE, SOUND),
    Part("silence", then(acts.silence), CHAIN, SAFE),
    Part("silence, alone", then(acts.silence), SINGLE, ENDS),
    Part("a slow first token", then(stream_acts.slowly(0.01, first_s=10)), CHAIN, SAFE),
    Part("cut before the first token", then(stream_acts.after(0, closing=False), ok), SINGLE, SOUND),
    Part("cut after three", then(stream_acts.after(3, closing=False)), CHAIN, RESCUED_OR_NOT),
    Part("a stall", then(stream_acts.stall_after(3)), CHAIN, RESCUED_OR_NOT),
    Part("malformed", then(stream_acts.after(0, stream_acts.broken_json()), ok), SINGLE, SOUND),
    Part("too long", then(says(400, spoken.error("context_length_exceeded"))), SINGLE, (failed("context-too-long"),)),
    Part(
        "against policy",
        then(says(400, spoken.error("content_policy_violation"))),
        CHAIN,
        (either(answered("secondary"), failed("content-refused")),),
    ),
    Part("a bad key", then(says(401, spoken.error("invalid_api_key"))), CHAIN, SAFE),
    Part("another 500", then(says(500), ok), SINGLE, SOUND),
    Part("well again", then(ok), SINGLE, SOUND),
)


@dataclass(slots=True)
class Gauntlet:
    """A script that follows the part under way. After a lasting fault the primary must be well again soon."""

    complaints: list[str] = field(default_factory=list)
    _part: Part = PARTS[0]
    _asked: int = 0

    def __call__(self, request: Request) -> Act:
        """What the part under way does with its next request."""
        request.nth, self._asked = self._asked, self._asked + 1
        return self._part.primary(request)

    def course(self, stage: Stage, _: Ask) -> None:
        """All parts in order."""
        for part in PARTS:
            self._part, self._asked = part, 0
            answers = [stage.ask(part.ask) for _ in range(part.times)]
            seen = Seen(stage.seen.setting, answers)
            self.complaints += [f"{part.name}: {told}" for check in part.must for told in check(seen)]
            if part.must is not SOUND:
                self._recover(stage, part)

    def _recover(self, stage: Stage, part: Part) -> None:
        """Ask until the breaker's probe, or the end of a rest, has brought the primary back."""
        self._part, self._asked = PARTS[0], 0
        until = time.monotonic() + BACK_S
        while not stage.ask(SINGLE).whole:
            if time.monotonic() > until:
                self.complaints.append(f"{part.name}: the primary was not asked again within {BACK_S:g} s")
                return
            time.sleep(0.05)

    def found(self, _: Seen) -> Iterator[str]:
        """What was wrong in any part."""
        yield from self.complaints


def scenarios() -> Iterator[Scenario]:
    """One scenario."""
    gauntlet = Gauntlet()
    yield Scenario("gauntlet", gauntlet, (gauntlet.found,), course=gauntlet.course)

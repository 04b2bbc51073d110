"""A walk is what a run has come to so far: its steps, how each of them stands, and who asks for them."""

import threading
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from app.domain.errors import ModelMatchError
from app.domain.flow import Step
from app.domain.message import Delta, ModelReply, ModelRequest
from app.domain.walking.graph import fallbacks
from app.domain.walking.standing import StepState
from app.services.asking import Asked
from app.services.attempts import Asker, Attempt, Attempts
from app.services.departure import Departure
from app.services.world import World


@dataclass(frozen=True, slots=True)
class Question:
    """One request of a step, on its way to the models. `deadline`: a `time.monotonic()` moment over all attempts."""

    step: Step
    request: ModelRequest
    asker: Asker
    attempts: Attempts
    deadline: float


Ask = Callable[[Question], ModelReply]
Listen = Callable[[Question], Generator[Delta]]


class Halted(Exception):
    """Whoever asks for the steps cannot go on; no rule of a step mends that."""


@dataclass(slots=True)
class Standing:
    """How one step stands. `text` is its output; `parsed` the JSON value of it, where the step says that it has one.

    `request` is the last one that was sent, `begun` a `time.monotonic()` moment; `kept`: it answered in an earlier run.
    """

    step: Step
    place: int
    state: StepState = "waiting"
    text: str | None = None
    parsed: object = None
    reply: ModelReply | None = None
    error: ModelMatchError | None = None
    tries: int = 0
    rounds: int = 0
    items: int | None = None
    attempts: Attempts = field(default_factory=Attempts)
    request: ModelRequest | None = None
    begun: float = 0.0
    streamed: bool = False
    kept: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count_try(self) -> None:
        """One more try of the step, or of one of its items."""
        with self._lock:
            self.tries += 1

    @property
    def code(self) -> str:
        """The step's code."""
        return self.step.code

    @property
    def parses(self) -> bool:
        """Whether the output is a JSON value too."""
        return self.step.output_schema is not None or self.step.each is not None

    def latency_ms(self) -> int:
        """Milliseconds since it began."""
        return round((time.monotonic() - self.begun) * 1000)


@dataclass(slots=True)
class Walk:
    """`departure` must be the run's own where several steps are asked: it is left to hang up what is under way.

    `prepared` are requests that were rendered before the walk began, by step.
    """

    world: World
    steps: tuple[Step, ...]
    asked: Asked
    deadline: float
    ask: Ask
    listen: Listen
    asker: Callable[[Step], Asker]
    departure: Departure
    prepared: dict[str, ModelRequest] = field(default_factory=dict)
    standings: dict[str, Standing] = field(init=False)
    backs: Mapping[str, str] = field(init=False)
    failed: Standing | None = None

    def __post_init__(self) -> None:
        """All steps wait."""
        self.standings = {step.code: Standing(step, place) for place, step in enumerate(self.steps)}
        self.backs = fallbacks(self.steps) if len(self.steps) > 1 else {}

    @property
    def plain(self) -> bool:
        """Whether it is one question to one step, of which nothing can be told before it is over."""
        (step, *others) = self.steps
        return not others and step.when is None and step.each is None and step.repeat is None

    @property
    def answer(self) -> Standing | None:
        """The last step in the flow's order that answered; its output is the run's answer."""
        in_order = (self.standings[step.code] for step in reversed(self.steps) if step.code not in self.backs)
        return next((standing for standing in in_order if standing.state == "answered"), None)

    @property
    def at(self) -> str | None:
        """The step that failed, or that is under way."""
        if self.failed is not None:
            return self.failed.code
        return next((each.code for each in self.standings.values() if each.state == "running"), None)

    @property
    def outputs(self) -> dict[str, str]:
        """Texts of the steps that answered."""
        return {each.code: each.text for each in self.standings.values() if each.text is not None}

    @property
    def attempts(self) -> list[Attempt]:
        """All attempts, in the flow's order; those of the step that gives the answer last."""
        if len(self.standings) == 1:  # most runs, so it should cost nothing
            return next(iter(self.standings.values())).attempts.made
        answer = self.answer
        last = None if answer is None else self._given_by(answer)
        several = [each for each in self.standings.values() if each is not last]
        return [one for each in (*several, *(() if last is None else (last,))) for one in each.attempts.made]

    def _given_by(self, answer: Standing) -> Standing:
        fallback = answer.step.on_error.step
        stood_in = None if fallback is None else self.standings[fallback]
        return answer if stood_in is None or stood_in.state != "answered" else stood_in

    def is_final(self, standing: Standing) -> bool:
        """Whether nothing that follows in the flow's order can answer any more: all of it is skipped."""
        code = self.backs.get(standing.code, standing.code)
        place = self.standings[code].place
        later = (step.code for step in self.steps[place + 1 :] if step.code not in self.backs)
        return all(self.standings[code].state == "skipped" for code in later)

    def seen(self, **scope: object) -> dict[str, object]:
        """What prompts and expressions see of the walk besides inputs and outputs; `scope` goes first."""
        found: dict[str, object] = dict(scope)
        settled = [each for each in self.standings.values() if each.parses]
        if settled:
            found["parsed"] = {each.code: each.parsed for each in settled if each.state in OVER}
        return found

    def told(self) -> dict[str, str | None]:
        """The outputs of all steps that are settled, None of those that were skipped."""
        return {each.code: each.text for each in self.standings.values() if each.state in OVER}

    def ended_at(self, step: Step) -> float:
        """Until when one question of the step may take."""
        if step.timeout_s is None:
            return self.deadline
        return min(self.deadline, time.monotonic() + step.timeout_s)

    def asker_of(self, step: Step, *, departure: Departure | None, reason: str | None) -> Asker:
        """On whose behalf one question is asked: hung up with `departure` if given, and logged with that reason."""
        asker = self.asker(step)
        if departure is not None:
            asker = replace(asker, caller=replace(asker.caller, departure=departure))
        return asker if reason is None else replace(asker, reason=reason)


OVER: Final[frozenset[StepState]] = frozenset({"answered", "skipped", "failed"})

"""A scenario is data: what the upstream does, how callers ask, and what both of them must experience."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

from tests.faults.bench.acts import ok, then
from tests.faults.bench.answer import Answer
from tests.faults.bench.asks import Ask
from tests.faults.bench.line import Request
from tests.faults.bench.settings import QUICK, Setting
from tests.faults.bench.upstream import Script


@dataclass(slots=True)
class Seen:
    """What happened. `rows`: the calls of `GET /api/v1/calls`, oldest first. `counts`: numbers for the scorecard."""

    setting: Setting
    answers: list[Answer] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    rows: list[dict[str, object]] = field(default_factory=list)
    counts: dict[str, float] = field(default_factory=dict)

    def of(self, model: str) -> list[Request]:
        """The requests to this model."""
        return [request for request in self.requests if request.model == model]


class Stage(Protocol):
    """What a course can do: ask, ask with many callers at once, and look at what the upstream has seen."""

    seen: Seen

    def ask(self, how: Ask) -> Answer: ...

    def crowd(self, how: Ask, *, callers: int, calls: int = 1) -> list[Answer]: ...

    def requests(self) -> list[Request]: ...


Check = Callable[[Seen], Iterator[str]]
Course = Callable[[Stage, Ask], None]


def once(stage: Stage, how: Ask) -> None:
    """One caller asks once."""
    stage.ask(how)


def times(count: int) -> Course:
    """One caller asks so often, one after the other."""

    def course(stage: Stage, how: Ask) -> None:
        for _ in range(count):
            stage.ask(how)

    return course


STREAM: Final = Ask()
WELL: Final = then(ok)


@dataclass(frozen=True, slots=True)
class Scenario:
    """`must` yields one complaint per thing that was not as it must be.

    Both models stand at one provider unless `apart`; `deaf`: the primary's provider refuses connections. `wide`: the
    secondary's window is larger. `alone`: it needs the machine for itself. `provider`: one that ships.
    """

    name: str
    primary: Script
    must: tuple[Check, ...]
    ask: Ask = STREAM
    secondary: Script = WELL
    course: Course = once
    apart: bool = False
    deaf: bool = False
    wide: bool = False
    alone: bool = False
    provider: str | None = None
    setting: Setting = QUICK

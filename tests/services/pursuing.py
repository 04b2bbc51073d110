"""Routes for tests are followed by asking a script, and told by the calls behind the answer."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from app.db.uow import Store
from app.domain.breaker import BreakerPolicy
from app.domain.call import Call
from app.domain.errors import ProviderError, ProviderUnavailable
from app.domain.flow import Choice
from app.domain.message import Delta, Message, ModelRequest
from app.providers.base import Endpoint
from app.services import clock as clocks
from app.services import direct
from app.services.caller import Caller, Recovery
from app.services.departure import Departure
from app.services.direct import DirectAsked
from app.services.world import World
from tests.services.made import SMALL, say
from tests.worlds import opened, with_script

LARGE = "simulated/large"
MINI = "openai/gpt-4o-mini"
OPENAI = {"openai": (Endpoint("openai", kind="openai", api_key="a-key", name="openai"),)}
LASTING = BreakerPolicy(open_s=60)  # what has opened stays open, however slow the machine is
Act = ProviderError | str


@pytest.fixture
def world(store: Store, tmp_path: Path) -> Iterator[World]:
    """A world whose clock goes on, for those who rest until a moment."""
    with opened(store, tmp_path, clock=clocks.now, call_attempts=3, breaker_policy=LASTING) as made:
        yield made


class Script:
    """Acts in order, whoever is asked; the last one for ever. A text is an answer, an error is raised.

    A text with a cut mark is said up to the mark, then the answer breaks off.
    """

    def __init__(self, *acts: Act) -> None:
        self.acts = list(acts)
        self.asked: list[str] = []

    def __call__(self, request: ModelRequest) -> Iterator[Delta]:
        self.asked.append(request.model)
        act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
        if isinstance(act, ProviderError):
            raise act
        said, mark, _ = act.partition("|")
        yield Delta(text=said)
        if mark:
            raise fault(ProviderUnavailable)
        yield from say()


def fault(kind: type[ProviderError], **given: float) -> ProviderError:
    """An error of that kind."""
    return kind("no", provider="simulated", **given)  # type: ignore[arg-type]  # fields of the error by name


def ask(
    world: World, script: Script, *models: str, recovery: Recovery | None = None, departure: Departure | None = None
) -> list[Call]:
    """The calls behind the answer, which came."""
    return list(direct.run(with_script(world, script), question(models, recovery, departure)).calls)


def question(
    models: Sequence[str], recovery: Recovery | None = None, departure: Departure | None = None
) -> DirectAsked:
    """A question of one turn."""
    request = ModelRequest("", (Message("user", "hi"),), max_tokens=3)
    caller = Caller(stream_recovery=recovery, departure=departure or Departure())
    return DirectAsked(Choice(tuple(models) or (SMALL,)), request, caller=caller)


def told(calls: Sequence[Call]) -> list[tuple[int, str, str, str | None]]:
    """What the log says of each attempt."""
    return [(call.attempt, call.model, call.reason, call.error) for call in calls]

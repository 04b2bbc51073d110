"""A world for tests stands on a given store, speaks with simulated or scripted models, and its clock stands still."""

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from app.db.journal import Journal
from app.db.uow import Store
from app.domain.call import Call
from app.domain.errors import ProviderError
from app.domain.message import Delta, ModelReply, ModelRequest, Usage
from app.providers.base import Endpoint, Provider
from app.providers.registry import Providers
from app.services import ids
from app.services.calls import CallFilter
from app.services.calls import page as calls_page
from app.services.catalogue import Catalogue, load
from app.services.known_sessions import KnownSessions
from app.services.snapshots import Snapshots
from app.services.world import Policy, World

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
Speak = Callable[[ModelRequest], Iterator[Delta]]


class Clock:
    """Stands at `moment` until it is moved."""

    def __init__(self, moment: datetime = NOON) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        """The moment."""
        return self.moment

    def forward(self, **step: float) -> None:
        """Move on by a timedelta."""
        self.moment += timedelta(**step)


class Scripted(Provider):
    """Says whatever the test's function yields."""

    kind = "scripted"
    known_options = frozenset({"options"})

    def __init__(self, endpoint: Endpoint, speak: Speak) -> None:
        super().__init__(endpoint)
        self.speak = speak

    def translate(self, error: Exception) -> ProviderError:
        return self.bad_answer(f"could not be made ({type(error).__name__})")

    def _generate(self, request: ModelRequest, timeout_s: float) -> ModelReply:
        pieces = list(self.speak(request))
        text = "".join(piece.text for piece in pieces)
        return ModelReply(text, pieces[-1].finish_reason or "stop", pieces[-1].usage or Usage(), request.model)

    def _stream(self, request: ModelRequest, timeout_s: float) -> Generator[Delta, None, None]:
        yield from self.speak(request)

    def _vendor_errors(self) -> tuple[type[Exception], ...]:
        return ()


class ScriptedProviders(Providers):
    """Every endpoint is spoken to by one script."""

    def __init__(self, speak: Speak) -> None:
        super().__init__()
        self._speak = speak

    def get(self, endpoint: Endpoint) -> Provider:
        return Scripted(endpoint, self._speak)


def make_world(
    store: Store,
    tmp_path: Path,
    *,
    clock: Callable[[], datetime] | None = None,
    providers: Providers | None = None,
    endpoints: Mapping[str, Endpoint] | None = None,
    new_id: Callable[[], str] = ids.new_id,
    sessions_in_memory: int = 1000,
    **policy: Any,  # fields of Policy, passed through to `replace`, which checks their names
) -> World:
    """A world with its own journal and snapshot; its spool lies under `tmp_path`. Close it with `close_world`."""
    journal = Journal(store, tmp_path / "spool", linger_ms=0)
    journal.start()
    models = catalogue()
    return World(
        now=clock or Clock(),
        new_id=new_id,
        store=store,
        journal=journal,
        snapshots=Snapshots(store, poll_s=0.05),
        sessions=KnownSessions(sessions_in_memory),
        providers=providers or Providers(),
        endpoints=simulated(models) if endpoints is None else endpoints,
        catalogue=models,
        policy=replace(_policy(), **policy),
    )


def numbered() -> Callable[[], str]:
    """Ids in order, the same in every run: what is hashed of them is the same too."""
    numbers = count(1)
    return lambda: str(UUID(int=next(numbers)))


def close_world(world: World) -> None:
    """Write what is pending and stop its threads; the store stays open for the next one."""
    world.snapshots.close()
    world.journal.close()


@contextmanager
def opened(store: Store, tmp_path: Path, **given: Any) -> Iterator[World]:  # passed through to make_world
    """A world that is closed at the end."""
    world = make_world(store, tmp_path, **given)
    try:
        yield world
    finally:
        close_world(world)


def with_script(world: World, speak: Speak) -> World:
    """The same world, whose models all say what the script says."""
    return replace(world, providers=ScriptedProviders(speak))


def calls_of(world: World, **wanted: str) -> list[Call]:
    """Stored calls that match, oldest first."""
    return list(reversed(calls_page(world, CallFilter(**wanted), cursor=None, limit=200)[0]))


@cache
def catalogue() -> Catalogue:
    """The shipped catalogue, read once."""
    return load(None)


def simulated(models: Catalogue) -> dict[str, Endpoint]:
    """Endpoints of the simulated models alone; every other provider is switched off."""
    entries = [entry for entry in models.providers.values() if entry.kind == "simulated"]
    return {entry.code: Endpoint(kind=entry.kind, provider=entry.code) for entry in entries}


def _policy() -> Policy:
    return Policy(
        session_ttl=timedelta(hours=6),
        call_timeout_s=20.0,
        run_timeout_s=30.0,
        default_max_tokens=64,
        keep_texts=True,
        text_max_chars=2000,
        unpriced="allow",
        journal_timeout_s=10.0,
        environment_tasks={},
        admin_key_digest=None,
    )

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
from app.domain.breaker import BreakerPolicy
from app.domain.call import Call
from app.domain.errors import ProviderError
from app.domain.message import Delta, ModelReply, ModelRequest, Usage
from app.providers.base import Endpoint, Provider
from app.providers.registry import Providers
from app.services import ids
from app.services.admission import Admission
from app.services.answer_cache import AnswerCache
from app.services.answer_shelf import StoreShelf
from app.services.balancer import Balancer
from app.services.breakers import Breakers
from app.services.calls import CallFilter
from app.services.calls import page as calls_page
from app.services.catalogue import Catalogue, load
from app.services.guesses import Guesses
from app.services.known_sessions import KnownSessions
from app.services.ledger import Ledger, Terms
from app.services.ledger_upkeep import Pace
from app.services.limiter import Limiter
from app.services.routing.routers import Routers
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
    known_options = frozenset({"options", "latency_ms"})

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
    endpoints: Mapping[str, tuple[Endpoint, ...]] | None = None,
    new_id: Callable[[], str] = ids.new_id,
    sessions_in_memory: int = 1000,
    breaker_policy: BreakerPolicy = BreakerPolicy(),  # noqa: B008 - a frozen value
    limits: Mapping[str, Any] | None = None,  # what else the limiter is given
    terms: Mapping[str, Any] | None = None,  # fields of the ledger's Terms
    pace: Pace | None = None,
    routers: Mapping[str, Any] | None = None,  # what else the routers are given
    **policy: Any,  # fields of Policy, passed through to `replace`, which checks their names
) -> World:
    """A world with its own journal and snapshot; its spool lies under `tmp_path`. Close it with `close_world`."""
    journal = Journal(store, tmp_path / "spool", linger_ms=0)
    journal.start()
    models = catalogue()
    now = clock or Clock()
    several = simulated(models) if endpoints is None else endpoints
    breakers = Breakers(store, now=now, policy=breaker_policy, holder=ids.new_id())
    snapshots, now_ms = Snapshots(store, poll_s=0.05), lambda: int(now().timestamp() * 1000)
    return World(
        now=now,
        new_id=new_id,
        store=store,
        journal=journal,
        snapshots=snapshots,
        sessions=KnownSessions(sessions_in_memory),
        providers=providers or Providers(),
        endpoints=several,
        breakers=breakers,
        balancer=Balancer(several, breakers),
        limiter=Limiter(snapshots, now_ms=now_ms, new_id=ids.new_id, **(limits or {})),
        ledger=Ledger(
            store,
            snapshots,
            replace(Terms(ttl_s=90.0), **(terms or {})),
            now=now,
            new_id=ids.new_id,
            spooled=lambda: journal.spooled_bytes() > 0,
            pace=pace,
        ),
        admission=Admission(256, queue_length=64, timeout_s=2.0),
        guesses=Guesses(now_ms),
        cache=AnswerCache(StoreShelf(store), now=now),
        catalogue=models,
        policy=replace(_policy(), **policy),
        routers=Routers(store, models, now=now, **(routers or {})),
    )


def numbered() -> Callable[[], str]:
    """Ids in order, the same in every run: what is hashed of them is the same too."""
    numbers = count(1)
    return lambda: str(UUID(int=next(numbers)))


def close_world(world: World) -> None:
    """Write what is pending and stop its threads; the store stays open for the next one."""
    world.mirrors.close()
    world.scorings.close()
    world.snapshots.close()
    world.routers.close()
    world.cache.close()
    world.breakers.close()
    world.journal.close()
    world.ledger.close()


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


def with_endpoints(world: World, endpoints: Mapping[str, tuple[Endpoint, ...]]) -> World:
    """The same world, whose providers have these endpoints."""
    return replace(world, endpoints=endpoints, balancer=Balancer(endpoints, world.breakers))


def calls_of(world: World, **wanted: str) -> list[Call]:
    """Stored calls that match, oldest first."""
    return list(reversed(calls_page(world, CallFilter(**wanted), cursor=None, limit=200)[0]))


@cache
def catalogue() -> Catalogue:
    """The shipped catalogue, read once."""
    return load(None)


def simulated(models: Catalogue) -> dict[str, tuple[Endpoint, ...]]:
    """Endpoints of the simulated models alone; every other provider is switched off."""
    entries = [entry for entry in models.providers.values() if entry.kind == "simulated"]
    return {entry.code: (Endpoint(kind=entry.kind, provider=entry.code, name=entry.code),) for entry in entries}


def _policy() -> Policy:
    return Policy(
        session_ttl=timedelta(hours=6),
        call_timeout_s=20.0,
        run_timeout_s=30.0,
        call_attempts=1,
        first_token_timeout_s=20.0,
        idle_timeout_s=20.0,
        retry_base_s=0.001,
        retry_wait_max_s=2.0,
        stream_recovery="error",
        stream_heartbeat_s=1.0,
        default_max_tokens=64,
        keep_texts=True,
        text_max_chars=2000,
        unpriced="allow",
        journal_timeout_s=10.0,
        environment_tasks={},
        admin_key_digest=None,
    )

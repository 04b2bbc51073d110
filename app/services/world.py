"""The world is everything a service may touch, passed in whole: tests pass another one instead of patching."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.db.journal import Journal
from app.db.uow import Store
from app.providers.base import Endpoint
from app.providers.registry import Providers
from app.services.catalogue import Catalogue
from app.services.known_sessions import KnownSessions
from app.services.snapshots import Snapshots


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator decided. `environment_tasks`: model slug by task name, as set by AI_*_MODEL."""

    session_ttl: timedelta
    call_timeout_s: float
    run_timeout_s: float
    default_max_tokens: int
    keep_texts: bool
    text_max_chars: int
    unpriced: Literal["allow", "block"]
    journal_timeout_s: float
    environment_tasks: Mapping[str, str]
    admin_key_digest: str | None


@dataclass(frozen=True, slots=True)
class World:
    """Clock, ids, store, journal, snapshot, providers and policy of one process."""

    now: Callable[[], datetime]
    new_id: Callable[[], str]
    store: Store
    journal: Journal
    snapshots: Snapshots
    sessions: KnownSessions
    providers: Providers
    endpoints: Mapping[str, Endpoint]
    catalogue: Catalogue
    policy: Policy

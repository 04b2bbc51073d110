"""Settings become a world, and the world gets its doors; read from top to bottom."""

import atexit
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta

from flask import Flask

from app.api.routes import register
from app.db.journal import Journal
from app.db.migrate import upgrade
from app.db.uow import Store
from app.domain.access import digest
from app.domain.errors import ProviderError
from app.providers.base import Endpoint
from app.providers.registry import Providers
from app.services import clock, ids
from app.services.catalogue import Catalogue, load
from app.services.known_sessions import KnownSessions
from app.services.logs import configure
from app.services.snapshots import Snapshots
from app.services.tick import Ticker
from app.services.world import Policy, World
from config import Settings, environment

UNUSED_KEY = "unused"  # an address of one's own that speaks a vendor's protocol seldom asks for a key
TASKS = {
    "default": "ai_default_model",
    "chat": "ai_chat_model",
    "recommendations": "ai_recommendations_model",
    "mood_search": "ai_mood_search_model",
    "preference_extraction": "ai_preference_model",
}


def build(settings: Settings) -> Flask:
    """The Flask application; its threads end with the process."""
    configure(settings.log_level)
    world = open_world(settings)
    app = register(world, max_body_bytes=settings.max_body_bytes)
    threading.Thread(target=warm, args=(world,), name="warm", daemon=True).start()
    if settings.tick == "on":
        ticker = Ticker(world, interval_s=settings.tick_interval_s)
        ticker.start()
        atexit.register(ticker.close)
    atexit.register(close_world, world)
    return app


def open_world(settings: Settings) -> World:
    """A world on its own store, migrated, with journal and snapshot running; the command line uses it without Flask."""
    store = Store(settings.database_url, pool_size=settings.database_pool_connections)
    upgrade(store.engine)
    journal = Journal(store, settings.spool_dir, linger_ms=settings.journal_linger_ms)
    journal.start()
    snapshots = Snapshots(store, poll_s=settings.snapshot_poll_s)
    snapshots.start()
    catalogue = load(settings.catalogue_file)
    return World(
        now=clock.now,
        new_id=ids.new_id,
        store=store,
        journal=journal,
        snapshots=snapshots,
        sessions=KnownSessions(settings.sessions_in_memory),
        providers=Providers(),
        endpoints=endpoints(settings, catalogue, environment()),
        catalogue=catalogue,
        policy=policy(settings),
    )


def warm(world: World) -> None:
    """Build the providers that have a key, so that the first request does not wait for their libraries."""
    for endpoint in world.endpoints.values():
        if endpoint.api_key is not None:
            with suppress(ProviderError):
                world.providers.get(endpoint)


def close_world(world: World) -> None:
    """Write what is pending, then let go."""
    world.snapshots.close()
    world.journal.close()
    world.store.close()


def policy(settings: Settings) -> Policy:
    """What the operator decided, as services need it."""
    key = settings.admin_key
    tasks = {task: getattr(settings, field) for task, field in TASKS.items()}
    return Policy(
        session_ttl=timedelta(hours=settings.session_ttl_hours),
        call_timeout_s=settings.call_timeout_s,
        run_timeout_s=settings.run_timeout_s,
        default_max_tokens=settings.default_max_tokens,
        keep_texts=settings.keep_texts == "on",
        text_max_chars=settings.text_max_chars,
        unpriced=settings.unpriced,
        journal_timeout_s=settings.journal_timeout_s,
        environment_tasks={task: slug for task, slug in tasks.items() if slug},
        admin_key_digest=None if key is None else digest(key.get_secret_value()),
    )


def endpoints(settings: Settings, catalogue: Catalogue, variables: Mapping[str, str]) -> Mapping[str, Endpoint]:
    """Where each usable provider is spoken to; one that needs a key and has none is absent.

    A variable without a setting (of a provider added by file) is read as is.
    """
    found: dict[str, Endpoint] = {}
    for code, entry in catalogue.providers.items():
        if entry.kind == "simulated" and settings.simulated_models == "off":
            continue
        key = _variable(settings, variables, entry.key_env)
        address = _variable(settings, variables, entry.base_url_env)
        if key is None and entry.needs_key:
            if address is None:
                continue
            key = UNUSED_KEY
        found[code] = Endpoint(kind=entry.kind, provider=code, base_url=_url(address or entry.base_url), api_key=key)
    return found


def _url(address: str | None) -> str | None:
    """The address with its scheme, which OLLAMA_HOST is often given without."""
    return f"http://{address}" if address and "://" not in address else address


def _variable(settings: Settings, variables: Mapping[str, str], name: str | None) -> str | None:
    if name is None:
        return None
    value = getattr(settings, name.lower(), None) if name.lower() in Settings.model_fields else variables.get(name)
    if value is None or isinstance(value, str):
        return value or None
    secret: str = value.get_secret_value()
    return secret

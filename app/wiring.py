"""Settings become a world; read from top to bottom. The command line uses it without any door."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from importlib import import_module

from pydantic import SecretStr

from app.db.journal import Journal
from app.db.migrate import upgrade
from app.db.snapshot_file import SnapshotFile
from app.db.stored_limits import StoredLimits
from app.db.uow import Store
from app.domain.access import digest
from app.domain.breaker import BreakerPolicy
from app.domain.cached import CacheRules
from app.domain.errors import Invalid, StoreUnavailable
from app.domain.limits import KeyLimits, provider_limits
from app.domain.money import from_usd
from app.providers.base import Endpoint
from app.providers.registry import Providers
from app.services import clock, ids
from app.services.admission import Admission
from app.services.answer_cache import AnswerCache
from app.services.answer_shelf import Shelf, StoreShelf
from app.services.balancer import Balancer
from app.services.breakers import Breakers
from app.services.budgets import declare_monthly
from app.services.catalogue import Catalogue, load
from app.services.endpoints import endpoints
from app.services.figure_files import FigureFiles
from app.services.guesses import Guesses
from app.services.known_sessions import KnownSessions
from app.services.ledger import Ledger, Terms
from app.services.limiter import Buckets, Limiter
from app.services.listeners import MOST, Listeners
from app.services.mirrors import Mirrors
from app.services.plugins.hooks import Hooks
from app.services.plugins.wanted import hooks_wanted
from app.services.purses import MARGIN_S
from app.services.routing.own_scorer import OwnScorer
from app.services.routing.routers import Routers
from app.services.snapshots import Snapshots, open_snapshots
from app.services.task_variables import models_by_task
from app.services.world import Policy, World
from config import Settings, environment

REDIS_SHELF = "app.db.redis_answers"
REDIS_BUCKETS = "app.db.redis_limits"
GRANT_GRACE_S = 30.0  # a grant may be spent for longer than the longest run, by this
SEAT_GRACE_S = 30.0  # a seat outlives the longest run by this; then its holder is taken for dead
LISTENING = 4  # at most one in so many threads carries a listener
TASKS = {
    "default": "ai_default_model",
    "chat": "ai_chat_model",
    "recommendations": "ai_recommendations_model",
    "mood_search": "ai_mood_search_model",
    "preference_extraction": "ai_preference_model",
}


def open_world(settings: Settings) -> World:
    """A world on its own store, migrated, with journal and snapshot running.

    Without the store it serves from the last snapshot on disk. Raises StoreUnavailable when there is none, UnknownModel
    or Invalid for a model of a task, a scorer of difficulty or a hook that there is not, naming the variable.
    """
    catalogue = load(settings.catalogue_file)
    tasks, scorer, hooks = _may_refuse(settings, catalogue)
    store = Store(settings.database_url, pool_size=settings.database_pool_connections)
    snapshots = started_snapshots(settings, store)
    journal = started_journal(settings, store)
    several = usable_endpoints(settings, catalogue)
    breakers = open_breakers(settings, store)
    world = World(
        now=clock.now,
        new_id=ids.new_id,
        store=store,
        journal=journal,
        snapshots=snapshots,
        sessions=KnownSessions(settings.sessions_in_memory),
        providers=Providers(),
        endpoints=several,
        breakers=breakers,
        balancer=Balancer(several, breakers),
        limiter=limiter(settings, snapshots),
        ledger=ledger(settings, store, snapshots, journal),
        admission=admission(settings),
        guesses=Guesses(clock.now_ms),
        cache=answer_cache(settings, store),
        catalogue=catalogue,
        policy=policy(settings, tasks),
        routers=open_routers(settings, store, catalogue),
        listeners=Listeners(min(MOST, max(1, settings.threads // LISTENING))),
        mirrors=Mirrors(length=settings.shadow_queue_length),
        figure_files=figure_files(settings),
        own_scorer=scorer,
        hooks=hooks,
    )
    _declare_monthly(world, settings)
    return world


def _may_refuse(settings: Settings, catalogue: Catalogue) -> tuple[dict[str, str], OwnScorer | None, Hooks]:
    """What of the settings may not hold, before anything is opened."""
    hooks = Hooks(hooks_wanted(settings.hooks or ""))
    return environment_tasks(settings, catalogue), own_scorer(settings), hooks


def _declare_monthly(world: World, settings: Settings) -> None:
    limit = settings.monthly_budget_usd
    with suppress(StoreUnavailable):  # then what the last snapshot says holds
        declare_monthly(world, None if limit == "off" else from_usd(limit), time_zone=settings.budget_time_zone)


def started_snapshots(settings: Settings, store: Store) -> Snapshots:
    """The snapshots of the migrated store, at work. Raises StoreUnavailable without store and file."""
    file = SnapshotFile(settings.snapshot_file, store=store.name)
    made = open_snapshots(store, _migrate, poll_s=settings.snapshot_poll_s, file=file)
    made.start()
    return made


def _migrate(store: Store) -> None:
    upgrade(store.engine)


def started_journal(settings: Settings, store: Store) -> Journal:
    """The journal at work."""
    told = settings.event_log == "all"
    made = Journal(store, settings.spool_dir, linger_ms=settings.journal_linger_ms, tell=told)
    made.start()
    return made


def close_world(world: World) -> None:
    """Write what is pending, then let go."""
    world.mirrors.close()
    world.scorings.close()
    world.listeners.close()
    world.hooks.close()
    world.scorers.close()
    if world.own_scorer is not None:
        world.own_scorer.close()
    if world.figure_files is not None:
        world.figure_files.close()
    world.snapshots.close()
    world.routers.close()
    world.breakers.close()
    world.cache.close()
    world.limiter.close()
    world.journal.close()
    world.ledger.close()
    world.store.close()


def admission(settings: Settings) -> Admission:
    """The places of one worker and its queue."""
    places = settings.max_concurrent or settings.threads
    return Admission(places, queue_length=settings.queue_length, timeout_s=settings.queue_timeout_s)


def limiter(settings: Settings, snapshots: Snapshots) -> Limiter:
    """Limits of keys and providers, counted where all processes see them if there are several."""
    return Limiter(
        snapshots,
        now_ms=clock.now_ms,
        new_id=ids.new_id,
        key_limits=KeyLimits(settings.key_requests_per_min, settings.key_tokens_per_min, settings.key_concurrent),
        provider_limits=provider_limits(settings.provider_limits or ""),
        shared=shared_buckets(settings),
        workers=settings.workers,
        seat_s=settings.run_timeout_s + SEAT_GRACE_S,
    )


def own_scorer(settings: Settings) -> OwnScorer | None:
    """The operator's own scorer of difficulty, if one is named."""
    if settings.difficulty_scorer is None:
        return None
    return OwnScorer.named(settings.difficulty_scorer, timeout_s=settings.difficulty_scorer_timeout_ms / 1000)


def figure_files(settings: Settings) -> FigureFiles | None:
    """Where several workers tell each other their figures; one alone tells its own."""
    return None if settings.workers == 1 else FigureFiles(settings.figures_dir, ids.new_id())


def ledger(settings: Settings, store: Store, snapshots: Snapshots, journal: Journal) -> Ledger:
    """The ledger at work."""
    made = Ledger(
        store, snapshots, terms(settings), now=clock.now, new_id=ids.new_id, spooled=lambda: journal.spooled_bytes() > 0
    )
    made.start()
    return made


def terms(settings: Settings) -> Terms:
    """What budgets do. A grant outlives the longest run, so that only the dead lose theirs."""
    return Terms(
        ttl_s=max(settings.budget_hold_s, settings.run_timeout_s + GRANT_GRACE_S) + MARGIN_S,
        share_percent=settings.budget_share_percent,
        offline=settings.budget_offline,
        unpriced=settings.unpriced,
        ceiling=from_usd(settings.unpriced_ceiling_usd),
    )


def shared_buckets(settings: Settings) -> Buckets | None:
    """Redis if there is one, else the store if there are several processes; its connections are few and never wait."""
    if settings.redis_url is not None:
        found: Buckets = import_module(REDIS_BUCKETS).RedisLimits(settings.redis_url)
        return found
    if settings.workers == 1 and settings.limits == "auto":
        return None
    return StoredLimits(Store(settings.database_url, pool_size=4, busy_timeout_ms=250))


def environment_tasks(settings: Settings, catalogue: Catalogue) -> dict[str, str]:
    """Model by task, as AI_*_MODEL say. Raises UnknownModel or Invalid, naming the variable."""
    known = {field.upper(): task for task, field in TASKS.items()}
    try:
        return models_by_task(catalogue, variables(settings), known=known)
    except Invalid as error:
        error.add_note(f"see the variable {error.field}")  # for servers that show no more than where it was raised
        raise


def policy(settings: Settings, tasks: Mapping[str, str] | None = None) -> Policy:
    """What the operator decided, as services need it; `tasks`: model by task."""
    key = settings.admin_key
    return Policy(
        session_ttl=timedelta(hours=settings.session_ttl_hours),
        feedback_window=timedelta(days=settings.feedback_window_days),
        call_timeout_s=settings.call_timeout_s,
        run_timeout_s=settings.run_timeout_s,
        call_attempts=settings.call_attempts,
        first_token_timeout_s=settings.first_token_timeout_s,
        idle_timeout_s=settings.idle_timeout_s,
        retry_base_s=settings.retry_base_ms / 1000,
        retry_wait_max_s=settings.retry_wait_max_s,
        stream_recovery=settings.stream_recovery,
        stream_heartbeat_s=settings.stream_heartbeat_s,
        default_max_tokens=settings.default_max_tokens,
        keep_texts=settings.keep_texts == "on",
        text_max_chars=settings.text_max_chars,
        compare_real_inputs=settings.compare_real_inputs == "on",
        hold_out=settings.router_hold_out_percent / 100,
        stand_down=settings.router_stand_down == "on",
        record_days=settings.router_record_days,
        route_retention=timedelta(days=settings.retention_routes_days),
        conversation_retention=timedelta(days=settings.retention_conversations_days),
        score_answers=settings.score_answers == "on",
        batch_max_bytes=settings.batch_max_bytes,
        batch_max_lines=settings.batch_max_lines,
        batch_retention=timedelta(days=settings.retention_batches_days),
        unpriced=settings.unpriced,
        journal_timeout_s=settings.journal_timeout_s,
        environment_tasks=tasks or {},
        admin_key_digest=None if key is None else digest(key.get_secret_value()),
        caching=CacheRules(on=settings.cache == "on", ttl_s=settings.cache_ttl_s, scope=settings.cache_scope),
        event_retention=timedelta(days=settings.retention_events_days),
        traffic_event_retention=timedelta(days=settings.retention_traffic_events_days),
        traffic_events=settings.event_log == "all",
        job_retention=timedelta(days=settings.retention_jobs_days),
        webhook_private_hosts=settings.webhook_private_hosts == "true",
    )


def variables(settings: Settings) -> dict[str, str]:
    """The environment, where a variable with a setting has the setting's value; those without one are read as is."""
    found = {name: value for name, value in environment().items() if name.lower() not in Settings.model_fields}
    for name in Settings.model_fields:
        value = getattr(settings, name)
        if isinstance(value, str | SecretStr):
            found[name.upper()] = value if isinstance(value, str) else value.get_secret_value()
    return found


def usable_endpoints(settings: Settings, catalogue: Catalogue) -> dict[str, tuple[Endpoint, ...]]:
    """Where each usable provider is spoken to, and whether it is asked to cache beginnings of prompts."""
    several = endpoints(catalogue, variables(settings), simulated=settings.simulated_models == "on")
    asked = settings.prompt_cache == "on"
    return {code: tuple(replace(one, prompt_cache=asked) for one in known) for code, known in several.items()}


def answer_cache(settings: Settings, store: Store) -> AnswerCache:
    """The cache over what the settings name. Where texts are not kept, answers stay in memory, and nowhere else."""
    shelf: Shelf | None = None
    if settings.cache == "on" and settings.keep_texts == "on":
        # Redis' library takes 20 MB: it is loaded where it is used.
        shelf = import_module(REDIS_SHELF).RedisAnswers(settings.redis_url) if settings.redis_url else StoreShelf(store)
    return AnswerCache(shelf, now=clock.now, entries=settings.cache_entries, max_bytes=settings.cache_max_bytes)


def open_routers(settings: Settings, store: Store, catalogue: Catalogue) -> Routers:
    """What routers have learned, followed as it grows."""
    made = Routers(
        store,
        catalogue,
        now=clock.now,
        record_days=settings.router_record_days,
        max_bytes=settings.router_states_max_bytes,
        scored=settings.difficulty_scorer is not None,
    )
    made.start()
    return made


def open_breakers(settings: Settings, store: Store) -> Breakers:
    """The breakers at work."""
    made = Breakers(store, now=clock.now, policy=breaker_policy(settings), holder=ids.new_id())
    made.start()
    return made


def breaker_policy(settings: Settings) -> BreakerPolicy:
    """When breakers open and for how long."""
    return BreakerPolicy(failures_in_row=settings.breaker_failures, open_s=settings.breaker_open_s)

"""The world is everything a service may touch, passed in whole: tests pass another one instead of patching."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.db.journal import Journal
from app.db.uow import Store
from app.domain.budget import Unpriced
from app.domain.cached import CacheRules
from app.providers.base import Endpoint
from app.providers.registry import Providers
from app.services.admission import Admission
from app.services.answer_cache import AnswerCache
from app.services.balancer import Balancer
from app.services.breakers import Breakers
from app.services.caller import Recovery
from app.services.catalogue import Catalogue
from app.services.figure_files import FigureFiles
from app.services.guesses import Guesses
from app.services.jobs.bell import Bell
from app.services.known_sessions import KnownSessions
from app.services.ledger import Ledger
from app.services.limiter import Limiter
from app.services.listeners import Listeners
from app.services.looking import Looks
from app.services.mirrors import Mirrors
from app.services.plugins.hooks import Hooks
from app.services.plugins.scorers import Scorers
from app.services.renewals import Renewals
from app.services.retry_budget import RetryBudgets
from app.services.routing.own_scorer import OwnScorer
from app.services.routing.reports import Reports
from app.services.routing.routers import Routers
from app.services.scorings import Scorings
from app.services.snapshots import Snapshots
from app.services.tally import Tally
from app.services.walking.crew import Crew
from app.services.walking.underway import Underway


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator decided. `environment_tasks`: model slug by task name, as set by AI_*_MODEL.

    `hold_out`: share 0…1 of requests by `auto` whose model is drawn by chance.
    """

    session_ttl: timedelta
    call_timeout_s: float
    run_timeout_s: float
    call_attempts: int
    first_token_timeout_s: float
    idle_timeout_s: float
    retry_base_s: float
    retry_wait_max_s: float
    stream_recovery: Recovery
    stream_heartbeat_s: float
    default_max_tokens: int
    keep_texts: bool
    text_max_chars: int
    unpriced: Unpriced
    journal_timeout_s: float
    environment_tasks: Mapping[str, str]
    admin_key_digest: str | None
    caching: CacheRules = field(default_factory=CacheRules)
    feedback_window: timedelta = timedelta(days=30)
    event_retention: timedelta = timedelta(days=365)
    job_retention: timedelta = timedelta(days=30)
    traffic_event_retention: timedelta = timedelta(days=7)
    traffic_events: bool = True
    webhook_private_hosts: bool = False
    compare_real_inputs: bool = False
    hold_out: float = 0.05
    stand_down: bool = False
    record_days: int = 30
    route_retention: timedelta = timedelta(days=90)
    conversation_retention: timedelta = timedelta(days=90)
    score_answers: bool = True
    batch_max_bytes: int = 209_715_200
    batch_max_lines: int = 50_000
    batch_retention: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class World:
    """Clock, ids, store, journal, snapshot, providers and policy of one process.

    `endpoints`: by provider code, at least one each; a provider that cannot be used is absent.
    `publication` is rung when an event has been committed that nobody was told of.
    `figure_files`: where the processes of one server tell each other their figures; None for one alone.
    """

    now: Callable[[], datetime]
    new_id: Callable[[], str]
    store: Store
    journal: Journal
    snapshots: Snapshots
    sessions: KnownSessions
    providers: Providers
    endpoints: Mapping[str, tuple[Endpoint, ...]]
    breakers: Breakers
    balancer: Balancer
    limiter: Limiter
    ledger: Ledger
    admission: Admission
    guesses: Guesses
    cache: AnswerCache
    catalogue: Catalogue
    policy: Policy
    routers: Routers
    retry_budgets: RetryBudgets = field(default_factory=RetryBudgets)
    renewals: Renewals = field(default_factory=Renewals)
    tally: Tally = field(default_factory=Tally)
    looks: Looks = field(default_factory=Looks)
    listeners: Listeners = field(default_factory=Listeners)
    mirrors: Mirrors = field(default_factory=Mirrors)
    scorings: Scorings = field(default_factory=Scorings)
    bell: Bell = field(default_factory=Bell)
    publication: Bell = field(default_factory=Bell)
    reports: Reports = field(default_factory=Reports)
    hooks: Hooks = field(default_factory=Hooks)
    scorers: Scorers = field(default_factory=Scorers)
    crew: Crew = field(default_factory=Crew)
    underway: Underway = field(default_factory=Underway)
    figure_files: FigureFiles | None = None
    own_scorer: OwnScorer | None = None

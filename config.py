"""Settings are read once, from the environment and `.env`; a wrong value stops the start and names its variable."""

import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

Seconds = Annotated[float, Field(gt=0, le=86_400)]
Limit = Annotated[int, Field(ge=1, le=1_000_000_000)]

PROVIDER_LIMITS = r"^\s*{0}(\s*;\s*{0})*\s*;?\s*$".format(r"[\w.-]+=[1-9]\d{0,8}[rt]pm(,[1-9]\d{0,8}[rt]pm)?")


def _zone(name: str) -> str:
    """Raises ValueError unless it names a time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("an IANA time zone such as Europe/Berlin is expected") from error
    return name


Usd = Annotated[Decimal, Field(ge=0, le=1_000_000_000, decimal_places=9)]
TimeZone = Annotated[str, AfterValidator(_zone)]
ALIASES = {"MONTHLY_BUDGET_LIMIT": "MONTHLY_BUDGET_USD"}  # names that other products know


class SettingsInvalid(ValueError):
    """One line per variable that has a wrong value."""


class Settings(BaseModel):
    """Every setting with its default; the unit is in the name. The environment's name is the field's in capitals."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # Server
    host: str = Field("127.0.0.1", description="Address to listen on; anything but loopback needs a key first")
    port: int = Field(8080, ge=1, le=65_535, description="Port to listen on")
    workers: int = Field(1, ge=1, le=64, description="Server processes")
    threads: int = Field(256, ge=1, le=2_000, description="Requests and streams one worker carries at once")
    max_body_bytes: int = Field(10_485_760, ge=1_024, description="Largest request body")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least severe log line kept")

    # Store
    database_url: str = Field("sqlite:///var/model-match.db", description="sqlite:///file or postgresql:// address")
    database_pool_connections: int = Field(16, ge=1, le=500, description="Connections per process")
    spool_dir: Path = Field(Path("var/spool"), description="Where rows wait, fsynced, while the database is away")
    snapshot_file: Path = Field(Path("var/snapshot.json"), description="Where a start without the database serves from")
    journal_linger_ms: float = Field(2, ge=0, le=100, description="Longest wait for company before a commit")
    journal_timeout_s: Seconds = Field(10, description="Longest wait for a commit before 503")
    snapshot_poll_s: Seconds = Field(0.5, description="How often another process's edits are looked for")
    redis_url: str | None = Field(None, description="A Redis that processes share, redis://host:port/number")
    figures_dir: Path = Field(Path("var/figures"), description="Where workers tell each other what /metrics shows")

    # Access
    admin_key: SecretStr | None = Field(None, description="A key with scope admin, of at least 20 characters")

    # Traffic
    session_ttl_hours: float = Field(6, gt=0, le=8_760, description="How long a correlation id keeps its flow")
    feedback_window_days: float = Field(
        30, gt=0, le=3_650, description="How long after its start a session takes feedback"
    )
    sessions_in_memory: int = Field(50_000, ge=1, description="Sessions one process remembers")
    retention_conversations_days: float = Field(
        90, gt=0, le=36_500, description="How long a conversation is kept after its last turn"
    )
    tick: Literal["on", "off"] = Field("on", description="Whether the server runs the beat that advances experiments")
    tick_interval_s: Seconds = Field(5, description="Time between two beats")
    job_threads: int = Field(2, ge=0, le=64, description="Jobs of one kind that one worker carries at once; 0: none")
    shadow_threads: int = Field(2, ge=0, le=64, description="Runs of shadows that one worker carries at once; 0: none")
    shadow_queue_length: int = Field(64, ge=1, le=10_000, description="Copies that wait in one worker for a shadow")
    event_log: Literal["all", "changes"] = Field(
        "all", description="Whether sessions, runs and feedback are recorded as events too, or changes alone"
    )
    retention_events_days: float = Field(365, gt=0, le=36_500, description="How long events of changes are kept")
    retention_traffic_events_days: float = Field(
        7, gt=0, le=36_500, description="How long events of sessions, runs and feedback are kept"
    )
    retention_jobs_days: float = Field(30, gt=0, le=36_500, description="How long jobs that have ended are kept")
    webhook_private_hosts: Literal["true", "false"] = Field(
        "false", description="Whether webhooks may call hosts on this machine and in private networks"
    )

    # Limits
    limits: Literal["auto", "shared"] = Field(
        "auto", description="Whether limits are counted over all processes; auto: with more than one worker"
    )
    key_requests_per_min: Limit | None = Field(None, description="Requests a minute of a key without limits of its own")
    key_tokens_per_min: Limit | None = Field(None, description="Tokens a minute of a key without limits of its own")
    key_concurrent: Limit | None = Field(None, description="Requests at once of a key without limits of its own")
    provider_limits: str | None = Field(
        None, pattern=PROVIDER_LIMITS, description="What providers allow us, as openai=500rpm,200000tpm; gemini=60rpm"
    )
    max_concurrent: int | None = Field(
        None, ge=1, le=2_000, description="Generations one worker gives at once, if not THREADS"
    )
    queue_length: int = Field(64, ge=0, le=1_000, description="Generations that wait in one worker for their turn")
    queue_timeout_s: Seconds = Field(2, description="Longest wait for a turn before 503")

    # Calls
    call_timeout_s: Seconds = Field(60, description="Longest attempt at one provider")
    run_timeout_s: Seconds = Field(180, description="Longest run over all steps and attempts")
    call_attempts: int = Field(3, ge=1, le=10, description="Attempts at one model before the next of its route")
    first_token_timeout_s: Seconds = Field(30, description="Longest wait for the first token of a stream")
    idle_timeout_s: Seconds = Field(30, description="Longest silence between two tokens of a stream")
    retry_base_ms: float = Field(
        250, ge=0, le=60_000, description="Longest pause before a first retry; doubles with each"
    )
    retry_wait_max_s: Seconds = Field(10, description="Longest wait that a provider may ask for before a retry")
    breaker_failures: int = Field(5, ge=1, le=1_000, description="Failures in a row after which a target is not asked")
    breaker_open_s: Seconds = Field(3, description="First pause of a target that failed; a later one is twice that")
    stream_recovery: Literal["error", "buffer", "restart"] = Field(
        "error",
        description="When a stream breaks after its first token: an error event, held back until whole, or anew",
    )
    stream_heartbeat_s: Seconds = Field(1, description="Silence after which a stream sends a comment")
    default_max_tokens: int = Field(1_024, ge=1, le=1_000_000, description="Answer limit when nobody states one")
    unpriced: Literal["allow", "block", "ceiling"] = Field(
        "allow", description="Model without a price: called, refused, or counted by budgets at a flat price"
    )
    unpriced_ceiling_usd: Usd = Field(Decimal(100), description="That flat price, per million tokens")
    keep_texts: Literal["on", "off"] = Field("on", description="Whether prompts and answers are stored")
    text_max_chars: int = Field(20_000, ge=0, le=1_000_000, description="Most characters stored of one text")
    compare_real_inputs: Literal["on", "off"] = Field(
        "off", description="Whether comparisons may ask what users have put in; it goes to all models compared"
    )
    batch_max_bytes: int = Field(209_715_200, ge=1_024, description="Largest upload of a batch, or of its file")
    batch_max_lines: int = Field(50_000, ge=1, le=1_000_000, description="Most lines of one batch")
    retention_batches_days: float = Field(
        30, gt=0, le=36_500, description="How long lines and answers of batches that have ended are kept, and files"
    )
    simulated_models: Literal["on", "off"] = Field("on", description="Whether the free, deterministic models answer")

    # Money
    monthly_budget_usd: Usd | Literal["off"] = Field(
        Decimal(100), description="What all calls of a month may cost; off: no such budget, 0: no call that costs"
    )
    budget_time_zone: TimeZone = Field("UTC", description="IANA time zone in which that month begins")
    budget_offline: Literal["share", "block", "allow"] = Field(
        "share",
        description="With the database away: spend what a process holds "
        "(started then: 1 % of each limit, even beyond it), nothing, or without limit",
    )
    budget_hold_s: Seconds = Field(
        900,
        description="How long a server spends its share without the database; "
        "what a killed one held is free a minute later",
    )
    budget_share_percent: int = Field(
        1, ge=1, le=50, description="Part of what is left of a budget that each process keeps as its share"
    )

    # Cache
    cache: Literal["on", "off"] = Field(
        "on", description="Whether answers are kept where a request or step asks for it"
    )
    cache_ttl_s: float = Field(
        3_600, gt=0, le=31_536_000, description="How long a kept answer holds when nobody states it"
    )
    cache_scope: Literal["tenant", "shared"] = Field(
        "tenant", description="Who is given a kept answer: its team, owner or key, or everyone"
    )
    cache_entries: int = Field(1_000, ge=0, le=10_000_000, description="Most answers that one process keeps in memory")
    cache_max_bytes: int = Field(67_108_864, ge=0, le=1_099_511_627_776, description="Most memory that they take")
    prompt_cache: Literal["on", "off"] = Field(
        "on", description="Whether providers are asked to cache long beginnings of prompts"
    )

    # Routing
    router_hold_out_percent: float = Field(
        5,
        ge=0,
        le=50,
        description="Requests by `auto` whose model is drawn by chance, so that the router can be judged; at most 50",
    )
    router_stand_down: Literal["on", "off"] = Field(
        "off", description="Whether a router that is no better than one model all the time lets that one answer"
    )
    router_record_days: int = Field(30, ge=1, le=3_650, description="How far back the record of a model is read")
    router_states_max_bytes: int = Field(
        67_108_864, ge=1_048_576, description="Most memory of what routers have learned"
    )
    retention_routes_days: float = Field(90, gt=0, le=36_500, description="How long routes and scores are kept")
    difficulty_scorer: str | None = Field(
        None, description="Your own estimate of difficulty: the name of an entry point, or an http(s) address"
    )
    difficulty_scorer_timeout_ms: float = Field(50, gt=0, le=10_000, description="Longest wait for it")
    score_answers: Literal["on", "off"] = Field(
        "on", description="Whether answers of use cases whose rubric is known here are scored as they are given"
    )
    hooks: str | None = Field(
        None, description="Hooks around every call: names separated by commas, or a JSON list with their options"
    )

    # Catalogue
    catalogue_file: Path | None = Field(None, description="A TOML file with more models and providers")
    ai_default_model: str | None = Field(None, description="Model of every task without its own")
    ai_chat_model: str | None = Field(None, description="Model of task chat")
    ai_recommendations_model: str | None = Field(None, description="Model of task recommendations")
    ai_mood_search_model: str | None = Field(None, description="Model of task mood_search")
    ai_preference_model: str | None = Field(None, description="Model of task preference_extraction")

    # Providers
    openai_api_key: SecretStr | None = Field(None, description="Key for OpenAI")
    openai_base_url: str | None = Field(None, description="Another address that speaks OpenAI's protocol")
    anthropic_api_key: SecretStr | None = Field(None, description="Key for Anthropic")
    anthropic_base_url: str | None = Field(None, description="Another address that speaks Anthropic's protocol")
    gemini_api_key: SecretStr | None = Field(None, description="Key for Google Gemini")
    gemini_base_url: str | None = Field(None, description="Another address that speaks Gemini's protocol")
    groq_api_key: SecretStr | None = Field(None, description="Key for Groq")
    openrouter_api_key: SecretStr | None = Field(None, description="Key for OpenRouter")
    xai_api_key: SecretStr | None = Field(None, description="Key for xAI")
    deepseek_api_key: SecretStr | None = Field(None, description="Key for DeepSeek")
    dashscope_api_key: SecretStr | None = Field(None, description="Key for Qwen at DashScope")
    mistral_api_key: SecretStr | None = Field(None, description="Key for Mistral")
    together_api_key: SecretStr | None = Field(None, description="Key for Together")
    ollama_host: str | None = Field(None, description="Address of Ollama, if not http://127.0.0.1:11434")
    vllm_base_url: str | None = Field(None, description="Address of a vLLM server, with /v1")
    llamacpp_base_url: str | None = Field(None, description="Address of a llama.cpp server, with /v1")
    local_model_url: str | None = Field(None, description="Address of `run.py local-model`, if not port 8089, with /v1")
    local_gemma_url: str | None = Field(None, description="Address of its gemma3-270m, if not port 8090, with /v1")

    @classmethod
    def load(cls, environment: Mapping[str, str]) -> Self:
        """Settings from these variables; empty ones count as unset. Raises SettingsInvalid naming each wrong one."""
        known = {name.upper(): name for name in cls.model_fields}
        others = {ALIASES[name]: value for name, value in environment.items() if name in ALIASES}
        environment = {**others, **{name: value for name, value in environment.items() if value != ""}}
        given = {known[name]: value for name, value in environment.items() if name in known and value != ""}
        try:
            settings = cls.model_validate(given)
        except ValidationError as error:
            lines = [f"{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors(include_input=False)]
            raise SettingsInvalid("\n".join(lines)) from None
        if settings.admin_key is not None and len(settings.admin_key.get_secret_value()) < 20:
            raise SettingsInvalid("ADMIN_KEY: at least 20 characters are expected")
        return settings

    @classmethod
    def from_environment(cls) -> Self:
        """Settings from the process's environment, with `.env` of the working directory beneath it."""
        return cls.load(environment())


def environment() -> dict[str, str]:
    """The process's environment over the lines of `.env`."""
    lines = {name: value for name, value in dotenv_values(".env").items() if value is not None}
    return {**lines, **os.environ}

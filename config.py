"""Settings are read once, from the environment and `.env`; a wrong value stops the start and names its variable."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

Seconds = Annotated[float, Field(gt=0, le=86_400)]


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
    journal_linger_ms: float = Field(2, ge=0, le=100, description="Longest wait for company before a commit")
    journal_timeout_s: Seconds = Field(10, description="Longest wait for a commit before 503")
    snapshot_poll_s: Seconds = Field(0.5, description="How often another process's edits are looked for")

    # Access
    admin_key: SecretStr | None = Field(None, description="A key with scope admin, of at least 20 characters")

    # Traffic
    session_ttl_hours: float = Field(6, gt=0, le=8_760, description="How long a correlation id keeps its flow")
    sessions_in_memory: int = Field(50_000, ge=1, description="Sessions one process remembers")
    tick: Literal["on", "off"] = Field("on", description="Whether the server runs the beat that advances experiments")
    tick_interval_s: Seconds = Field(5, description="Time between two beats")

    # Calls
    call_timeout_s: Seconds = Field(60, description="Longest attempt at one provider")
    run_timeout_s: Seconds = Field(180, description="Longest run over all steps and attempts")
    default_max_tokens: int = Field(1_024, ge=1, le=1_000_000, description="Answer limit when nobody states one")
    unpriced: Literal["allow", "block"] = Field("allow", description="What happens to a model whose price is unknown")
    keep_texts: Literal["on", "off"] = Field("on", description="Whether prompts and answers are stored")
    text_max_chars: int = Field(20_000, ge=0, le=1_000_000, description="Most characters stored of one text")
    simulated_models: Literal["on", "off"] = Field("on", description="Whether the free, deterministic models answer")

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

"""Shelves for tests: one in each kind of store that can be tested here, and in Redis where TEST_REDIS_URL names one."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from redis import Redis

from app.db.redis_answers import RedisAnswers
from app.domain.cached import Entry, Kept
from app.domain.message import ModelReply, ToolCall, Usage
from app.services import ids
from app.services.answer_shelf import Shelf, StoreShelf
from tests import stores
from tests.worlds import NOON

REDIS = os.environ.get("TEST_REDIS_URL", "")
KINDS = (*stores.KINDS, "redis") if REDIS else stores.KINDS


@contextmanager
def make_shelf(kind: str, folder: Path) -> Iterator[Shelf]:
    """An empty shelf of that kind, which is gone after the block."""
    if kind == "redis":
        prefix = f"mm-{os.getpid()}-{time.time_ns()}"
        shelf = RedisAnswers(REDIS, prefix=prefix)
        try:
            yield shelf
        finally:
            shelf.close()
            with Redis.from_url(REDIS) as redis:
                for key in redis.scan_iter(match=f"{prefix}*"):
                    redis.delete(key)
        return
    with stores.make_store(kind, folder) as store:
        yield StoreShelf(store)


def reply(text: str = "four", **given: object) -> ModelReply:
    """A whole answer."""
    usage = Usage(input_tokens=10, cache_read_tokens=2, output_tokens=3)
    return ModelReply(**{"text": text, "finish_reason": "stop", "usage": usage, "model": "gpt", **given})  # type: ignore[arg-type]  # fields of ModelReply by name


def kept(text: str = "four", **given: object) -> Kept:
    """An answer of the model `openai/gpt`, made at noon for team red."""
    fields: dict[str, object] = {
        "reply": reply(text),
        "cost": 1_500,
        "model": "openai/gpt",
        "provider": "openai",
        "made_at": NOON,
        "call_id": ids.new_id(),
        "partition": "team:red",
    }
    return Kept(**{**fields, **given})  # type: ignore[arg-type]  # fields of Kept by name


def entry(text: str = "four", *, ttl_s: float = 60, **given: object) -> Entry:
    """The answer with a lifetime from noon on."""
    return Entry(kept(text, **given), NOON + timedelta(seconds=ttl_s))


CALLED = reply("", finish_reason="tool_calls", tool_calls=(ToolCall("a", "weather", '{"city": "Zürich"}'),))

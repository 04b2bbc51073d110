"""An answer that is kept for repeats: who may ask for it, whose it is, how long it holds, and which are worth it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from app.domain.message import Delta, ModelReply, ToolCallDelta

CacheMode = Literal["off", "read", "write", "on"]
CacheScope = Literal["tenant", "shared"]
MODES: Final[tuple[str, ...]] = get_args(CacheMode)
EVERYONE: Final = "shared"


@dataclass(frozen=True, slots=True)
class CacheWish:
    """What a request says of kept answers: `read` uses one, `write` keeps a fresh one for `ttl_s` seconds.

    Without `ttl_s` the step's lifetime holds, else the operator's.
    """

    read: bool
    write: bool
    ttl_s: float | None = None

    @classmethod
    def of(cls, mode: CacheMode, ttl_s: float | None = None) -> "CacheWish":
        """`off`, `read` (use, do not keep), `write` (keep, do not use: a refresh) or `on` (both)."""
        return cls(read=mode in ("read", "on"), write=mode in ("write", "on"), ttl_s=ttl_s)


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is done for one request; at least one of `read` and `write`."""

    read: bool
    write: bool
    ttl_s: float


@dataclass(frozen=True, slots=True)
class CacheRules:
    """What the operator decided. `ttl_s`: the lifetime when neither request nor step states one."""

    on: bool = True
    ttl_s: float = 3_600.0
    scope: CacheScope = "tenant"

    def decide(self, wish: CacheWish | None, step_ttl_s: float | None = None) -> Keeping | None:
        """What to do, or None. A request's word wins over the step's; nothing is kept unless one of them asks."""
        if not self.on or (wish is None and step_ttl_s is None):
            return None
        asked = wish or CacheWish(read=True, write=True)
        if not (asked.read or asked.write):
            return None
        return Keeping(asked.read, asked.write, asked.ttl_s or step_ttl_s or self.ttl_s)

    def partition(self, *, team: str | None = None, owner: str | None = None, key_id: str | None = None) -> str:
        """Who shares answers: a team, else an owner, else the key alone; or everyone, by `scope`."""
        if self.scope == "shared":
            return EVERYONE
        for kind, name in (("team", team), ("owner", owner), ("key", key_id)):
            if name:
                return f"{kind}:{name}"
        return "key:"


@dataclass(frozen=True, slots=True)
class Kept:
    """A whole answer as call `call_id` gave it at `made_at`; `cost` in nano-dollars, None when unpriced."""

    reply: ModelReply
    cost: int | None
    model: str
    provider: str
    made_at: datetime
    call_id: str
    partition: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A kept answer with the moment from which it holds no longer."""

    kept: Kept
    expires_at: datetime


def worth_keeping(reply: ModelReply) -> bool:
    """Whether the answer is whole and good: it ended by itself, or by calling tools, and said something."""
    return reply.finish_reason in ("stop", "tool_calls") and bool(reply.text or reply.tool_calls)


def deltas(reply: ModelReply) -> Iterator[Delta]:
    """The answer as a stream says it: its text, its tool calls, and its end with the usage."""
    if reply.text:
        yield Delta(text=reply.text, model=reply.model)
    if reply.tool_calls:
        pieces = (ToolCallDelta(at, call.id, call.name, call.arguments) for at, call in enumerate(reply.tool_calls))
        yield Delta(tool_calls=tuple(pieces), model=reply.model)
    yield Delta(finish_reason=reply.finish_reason, usage=reply.usage, model=reply.model)

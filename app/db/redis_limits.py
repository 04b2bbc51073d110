"""Limits counted in Redis, over all processes and machines: one Lua script decides, by Redis' own clock."""

from typing import Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import RedisError
from redis.retry import Retry

from app.domain.errors import StoreUnavailable
from app.domain.limits import (
    DAY_MS,
    DEBT,
    FULL,
    KEPT_MS,
    LONGEST_MS,
    SEAT_WAIT_MS,
    STEP_MS,
    UNITS,
    Decision,
    KeyLimits,
    Levels,
    Refusal,
    refusal,
)

TIMEOUT_S: Final = 0.25  # longer than this, and a process goes on with its own share
# Numbers stay below 2^53, so that doubles are exact. Answers: 1 admitted, 0 refused by a bucket, -1 by the seats.
SCRIPT: Final = f"""
local given = {{}}
for at = 1, 8 do given[at] = tonumber(ARGV[at]) end
local requests_cap, tokens_cap, day_requests_cap, day_tokens_cap, requests, tokens, certain, concurrent = unpack(given)
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
if ARGV[11] ~= '' then now = tonumber(ARGV[11]) end
local today = math.floor(now / {DAY_MS})
local kept = redis.call('HMGET', KEYS[1], 'at', 'requests', 'tokens', 'day', 'day_requests', 'day_tokens')

local function refilled(level, cap)
  if cap == 0 then return {FULL} end
  return math.min({UNITS} * cap, level)
end
local function drained(level, cap, amount)
  return math.max(-{DEBT * UNITS} * cap, refilled(level - amount * {UNITS}, cap))
end

local at, used, used_tokens = now, 0, 0
local left, left_tokens = refilled({FULL}, requests_cap), refilled({FULL}, tokens_cap)
if kept[1] then
  at = tonumber(kept[1])
  local elapsed = math.min(math.max(now - at, 0), {LONGEST_MS})
  if at - now > {STEP_MS} then at = now else at = math.max(at, now) end
  left = refilled(tonumber(kept[2]) + requests_cap * elapsed, requests_cap)
  left_tokens = refilled(tonumber(kept[3]) + tokens_cap * elapsed, tokens_cap)
  if tonumber(kept[4]) == today then used, used_tokens = tonumber(kept[5]), tonumber(kept[6]) end
end

local verdict = 1
if certain == 0 then
  local needed = math.max(1, math.min(tokens, tokens_cap) * {UNITS})
  if (requests_cap > 0 and left < requests * {UNITS})
    or (tokens_cap > 0 and left_tokens < needed)
    or (day_requests_cap > 0 and used + requests > day_requests_cap)
    or (day_tokens_cap > 0 and used_tokens >= day_tokens_cap) then verdict = 0 end
end
if verdict == 1 and ARGV[9] ~= '' then
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
  if redis.call('ZCARD', KEYS[2]) >= concurrent then verdict = -1 else
    redis.call('ZADD', KEYS[2], now + tonumber(ARGV[10]), ARGV[9])
    redis.call('PEXPIRE', KEYS[2], {KEPT_MS})
  end
end
if verdict == 1 then
  left, left_tokens = drained(left, requests_cap, requests), drained(left_tokens, tokens_cap, tokens)
  used, used_tokens = math.max(0, used + requests), math.max(0, used_tokens + tokens)
  local whole = function(number) return string.format('%.0f', number) end
  redis.call('HSET', KEYS[1], 'at', whole(at), 'requests', whole(left), 'tokens', whole(left_tokens),
    'day', whole(today), 'day_requests', whole(used), 'day_tokens', whole(used_tokens))
  redis.call('PEXPIRE', KEYS[1], {KEPT_MS})
end
return {{verdict, at, left, left_tokens, today, used, used_tokens}}
"""


class RedisLimits:
    """Buckets as hashes, seats as sorted sets by their end. `prefix` keeps installations on one Redis apart."""

    def __init__(self, url: str, *, prefix: str = "model-match") -> None:
        once_again = Retry(NoBackoff(), 1, supported_errors=(ConnectionLost,))  # only what was surely not counted
        self._redis = Redis.from_url(
            url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=once_again, health_check_interval=0
        )
        self._script = self._redis.register_script(SCRIPT)
        self._prefix = prefix

    def decide(
        self,
        name: str,
        limits: KeyLimits,
        *,
        requests: int,
        tokens: int,
        seat: str | None = None,
        seat_ms: int = 0,
        now_ms: int | None = None,
    ) -> Decision:
        """Admit and book, with a seat for `seat_ms`, or refuse and book nothing. Raises StoreUnavailable.

        `now_ms` stands in for Redis' clock.
        """
        moment = "" if now_ms is None else now_ms
        taken = (requests, tokens, 0, limits.concurrent or 0, seat or "", seat_ms, moment)
        verdict, levels = self._run(name, limits, taken)
        if verdict == 1:
            return Decision(levels)
        refused = refusal(levels, limits, requests=requests, tokens=tokens)
        return Decision(levels, Refusal("concurrent", SEAT_WAIT_MS) if verdict < 0 else refused)

    def spend(self, name: str, limits: KeyLimits, *, tokens: int) -> None:
        """Book tokens after the fact, also into debt; negative ones are given back. Raises StoreUnavailable."""
        self._run(name, limits, (0, tokens, 1, 0, "", 0, ""))

    def leave(self, name: str, seat: str) -> None:
        """Give the seat back. Raises StoreUnavailable."""
        try:
            self._redis.zrem(self._keys(name)[1], seat)
        except RedisError as error:
            raise StoreUnavailable("Redis does not answer") from error

    def close(self) -> None:
        """Gives all connections back."""
        self._redis.close()

    def _run(self, name: str, limits: KeyLimits, taken: tuple[int | str, ...]) -> tuple[int, Levels]:
        caps = (limits.requests_per_min, limits.tokens_per_min, limits.requests_per_day, limits.tokens_per_day)
        try:
            found = self._script(keys=self._keys(name), args=[*(cap or 0 for cap in caps), *taken])
        except RedisError as error:
            raise StoreUnavailable("Redis does not answer") from error
        verdict, *levels = (int(number) for number in found)
        return verdict, Levels(*levels)

    def _keys(self, name: str) -> tuple[str, str]:
        """Of buckets and seats; the braces keep both in one slot of a cluster."""
        return f"{self._prefix}:{{{name}}}:buckets", f"{self._prefix}:{{{name}}}:seats"

"""Limits are token buckets in whole units that refill by the millisecond, so that nothing drifts; days are UTC days.

The bucket is the one of Turner's "New directions in communications" (1986): it holds what one minute allows, refills at
that rate, and an admission takes from it. What is admitted in t ms is therefore at most limit + limit · t / 60 000, and
exactly that under steady demand. Stores repeat this arithmetic in their own language and are tested against it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final

from app.domain.errors import Invalid

MOST: Final = 1_000_000_000
UNITS: Final = 60_000  # of one request or token: a limit of n a minute refills n units each millisecond
FULL: Final = 2**52  # the level of what has no limit; with a limit set later it counts as a full bucket
DEBT: Final = 60  # buckets below empty: what was booked after the fact is paid back within an hour
LONGEST_MS: Final = (DEBT + 1) * 60_000  # refills the deepest debt; keeps all sums within 2**53, for Redis' doubles
STEP_MS: Final = 60_000  # a moment further ahead than this is a clock that was set back, not a race
DAY_MS: Final = 86_400_000
KEPT_MS: Final = 2 * DAY_MS  # a bucket that nobody touched for so long is full, and its day is over
SEAT_WAIT_MS: Final = 1_000  # nobody knows when a seat is given back


@dataclass(frozen=True, slots=True)
class KeyLimits:
    """What one key may do; None is no limit. A provider's limits are those of our key there.

    Raises Invalid for a limit that is not from 1 to `MOST`.
    """

    requests_per_min: int | None = None
    tokens_per_min: int | None = None
    concurrent: int | None = None
    requests_per_day: int | None = None
    tokens_per_day: int | None = None

    def __post_init__(self) -> None:
        for name in NAMES:
            value = getattr(self, name)
            if value is not None and not (type(value) is int and 1 <= value <= MOST):
                raise Invalid(f"a whole number from 1 to {MOST} is expected", field=f"limits.{name}")

    @property
    def absent(self) -> bool:
        """Whether nothing is limited."""
        return self == NO_LIMITS

    def share(self, parts: int) -> "KeyLimits":
        """The part of one of `parts` processes that cannot see each other; at least 1 of each."""
        return KeyLimits(*(None if value is None else max(1, value // parts) for value in self._values()))

    def _values(self) -> Iterator[int | None]:
        return (getattr(self, name) for name in NAMES)


NAMES: Final = tuple(field.name for field in fields(KeyLimits))
NO_LIMITS: Final = KeyLimits()


@dataclass(frozen=True, slots=True)
class Levels:
    """One holder's buckets at `at_ms` (Unix time): levels in `UNITS`, below 0 in debt, and what the day has used."""

    at_ms: int
    requests: int
    tokens: int
    day: int
    day_requests: int
    day_tokens: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Which limit says no, and for how long."""

    limit: str
    wait_ms: int


@dataclass(frozen=True, slots=True)
class Decision:
    """The levels after the decision; `refusal` is None when the holder was admitted."""

    levels: Levels
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of one limit of `cap` requests or tokens per `window_s`, and when it is whole again."""

    of: str
    cap: int
    window_s: int
    left: int
    reset_s: int


def provider_limits(text: str) -> dict[str, KeyLimits]:
    """Limits by provider, as in `openai=500rpm,200000tpm; gemini=60rpm`. Raises Invalid for what is none."""
    found = {}
    for entry in filter(None, (part.strip() for part in text.split(";"))):
        provider, _, caps = entry.partition("=")
        given = {cap[-3:]: cap[:-3] for cap in caps.split(",")}
        if not provider or not caps or set(given) - {"rpm", "tpm"} or not all(map(str.isdecimal, given.values())):
            raise Invalid("provider=<requests>rpm,<tokens>tpm is expected", field="PROVIDER_LIMITS")
        rpm, tpm = (int(given[unit]) if unit in given else None for unit in ("rpm", "tpm"))
        found[provider] = KeyLimits(requests_per_min=rpm, tokens_per_min=tpm)
    return found


def standing(levels: Levels | None, limits: KeyLimits, now_ms: int) -> Levels:
    """The levels at this moment; full buckets for a holder that was never seen."""
    day = now_ms // DAY_MS
    if levels is None:
        full = [FULL if limit is None else limit * UNITS for limit in (limits.requests_per_min, limits.tokens_per_min)]
        return Levels(now_ms, full[0], full[1], day, 0, 0)
    elapsed = min(max(0, now_ms - levels.at_ms), LONGEST_MS)
    set_back = levels.at_ms - now_ms > STEP_MS
    same = day == levels.day
    return Levels(
        now_ms if set_back else max(levels.at_ms, now_ms),
        _refilled(levels.requests, limits.requests_per_min, elapsed),
        _refilled(levels.tokens, limits.tokens_per_min, elapsed),
        day,
        levels.day_requests if same else 0,
        levels.day_tokens if same else 0,
    )


def taken(levels: Levels, limits: KeyLimits, *, requests: int, tokens: int) -> Levels:
    """The levels with this booked, also where it leads into debt. Negative amounts give back."""
    return Levels(
        levels.at_ms,
        _drained(levels.requests, limits.requests_per_min, requests),
        _drained(levels.tokens, limits.tokens_per_min, tokens),
        levels.day,
        max(0, levels.day_requests + requests),
        max(0, levels.day_tokens + tokens),
    )


def refusal(levels: Levels, limits: KeyLimits, *, requests: int, tokens: int) -> Refusal | None:
    """The limit that must be waited for longest, or None. Seats (`concurrent`) are counted elsewhere.

    Something must be left of the tokens even when 0 are asked; more than a bucket holds passes when it is full.
    """
    found: list[Refusal] = []
    midnight_ms = DAY_MS - levels.at_ms % DAY_MS
    if limits.requests_per_min is not None and levels.requests < requests * UNITS:
        found.append(Refusal("requests_per_min", _wait(requests * UNITS - levels.requests, limits.requests_per_min)))
    if limits.tokens_per_min is not None:
        needed = max(1, min(tokens, limits.tokens_per_min) * UNITS)
        if levels.tokens < needed:
            found.append(Refusal("tokens_per_min", _wait(needed - levels.tokens, limits.tokens_per_min)))
    if limits.requests_per_day is not None and levels.day_requests + requests > limits.requests_per_day:
        found.append(Refusal("requests_per_day", midnight_ms))
    if limits.tokens_per_day is not None and levels.day_tokens >= limits.tokens_per_day:
        found.append(Refusal("tokens_per_day", midnight_ms))
    return max(found, key=lambda refused: refused.wait_ms, default=None)


def decide(levels: Levels | None, limits: KeyLimits, now_ms: int, *, requests: int, tokens: int) -> Decision:
    """Admit and book, or refuse and book nothing."""
    now = standing(levels, limits, now_ms)
    refused = refusal(now, limits, requests=requests, tokens=tokens)
    if refused is not None:
        return Decision(now, refused)
    return Decision(taken(now, limits, requests=requests, tokens=tokens))


def allowances(levels: Levels, limits: KeyLimits) -> tuple[Allowance, ...]:
    """What is left of each limit that there is; of requests before tokens, of minutes before days."""
    found: list[Allowance] = []
    for of, cap, level in (
        ("requests", limits.requests_per_min, levels.requests),
        ("tokens", limits.tokens_per_min, levels.tokens),
    ):
        if cap is not None:
            reset_s = -(-(cap * UNITS - level) // (cap * 1_000))
            found.append(Allowance(of, cap, 60, max(0, level // UNITS), reset_s))
    midnight_s = -(-(DAY_MS - levels.at_ms % DAY_MS) // 1_000)
    for of, cap, used in (
        ("requests", limits.requests_per_day, levels.day_requests),
        ("tokens", limits.tokens_per_day, levels.day_tokens),
    ):
        if cap is not None:
            found.append(Allowance(of, cap, DAY_MS // 1_000, max(0, cap - used), midnight_s))
    return tuple(sorted(found, key=lambda allowance: allowance.of))


def _refilled(level: int, per_min: int | None, elapsed_ms: int) -> int:
    if per_min is None:
        return FULL
    return min(per_min * UNITS, level + per_min * elapsed_ms)


def _drained(level: int, per_min: int | None, amount: int) -> int:
    if per_min is None:
        return FULL
    full = per_min * UNITS
    return max(-DEBT * full, min(full, level - amount * UNITS))


def _wait(missing: int, per_min: int) -> int:
    return -(-missing // per_min)

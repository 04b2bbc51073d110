"""How long a vendor asks to wait: Retry-After in its spellings, and the resets of rate limits that a 429 speaks of."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite

from app.providers.wire import obj, objects, text

MAX_WAIT_S = 86_400.0

# Which limit a header speaks of: `x-ratelimit-reset-tokens` (OpenAI, Groq and their kin), `x-ratelimit-reset` alone
# (OpenRouter, Together), `anthropic-ratelimit-input-tokens-reset`.
_RESETS = (
    (re.compile(r"x-ratelimit-reset(-.+)?"), "x-ratelimit-remaining{}"),
    (re.compile(r"anthropic-ratelimit-(.+)-reset"), "anthropic-ratelimit-{}-remaining"),
)
_UNITS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)(d|h|ms|m|s|us|µs|ns)")
_EPOCH_S, _EPOCH_MS = 1e9, 1e12  # numbers from here on are moments, not lengths


def asked_s(status: int | None, headers: Mapping[str, str], body: object) -> float | None:
    """Seconds that the vendor asks to wait, 0…one day; None when it says nothing usable.

    Read, in this order: `retry-after-ms`; `retry-after` in seconds or as a date (RFC 9110 §10.2.3); Google's
    `RetryInfo` in the body; with status 429, when the rate limit that was hit begins anew.
    """
    said = headers.get("retry-after")
    found = _number(headers.get("retry-after-ms"), scale=0.001)
    if found is None:
        found = _number(said) if said else _google_delay(body)
    if found is None:
        found = _http_date(said)
    if found is None and status == 429:
        found = _reset(headers)
    return None if found is None else min(max(found, 0.0), MAX_WAIT_S)


def _reset(headers: Mapping[str, str]) -> float | None:
    """The last of the limits that are used up; if none says that it is, the first of all that begins anew."""
    limits = list(_limits(headers))
    used_up = [wait for wait, remaining in limits if remaining is not None and remaining <= 0]
    return max(used_up) if used_up else min((wait for wait, _ in limits), default=None)


def _limits(headers: Mapping[str, str]) -> Iterator[tuple[float, float | None]]:
    """Seconds until each limit begins anew, and what remains of it."""
    for name, value in headers.items():
        for pattern, remaining in _RESETS:
            match = pattern.fullmatch(name.lower())
            wait = _wait(value.strip()[:64]) if match else None
            if match and wait is not None:
                yield wait, _number(headers.get(remaining.format(match[1] or "")))


def _wait(value: str) -> float | None:
    """`6m0s`, `250ms`, `7.5`, seconds or milliseconds since 1970, `2026-11-21T07:25:17Z`, or a date of HTTP."""
    number = _number(value)
    if number is not None:
        if number < _EPOCH_S:
            return number
        return (number / 1000 if number >= _EPOCH_MS else number) - datetime.now(UTC).timestamp()
    if value and not _LENGTH.sub("", value):
        return sum(float(count) * _UNITS[unit] for count, unit in _LENGTH.findall(value))
    try:
        return _until(datetime.fromisoformat(value))
    except ValueError:
        return _http_date(value)


def _google_delay(body: object) -> float | None:
    """Source: google.rpc.RetryInfo, `retryDelay` as seconds with an `s` at the end."""
    for detail in objects(obj(obj(body).get("error")).get("details")):
        delay = text(detail.get("retryDelay"))
        if delay.endswith("s"):
            return _number(delay[:-1])
    return None


def _number(value: str | None, *, scale: float = 1.0) -> float | None:
    try:
        found = float(value or "") * scale
    except ValueError:
        return None
    return found if isfinite(found) else None


def _http_date(value: str | None) -> float | None:
    try:
        return _until(parsedate_to_datetime(value or ""))
    except ValueError:
        return None


def _until(moment: datetime) -> float:
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()

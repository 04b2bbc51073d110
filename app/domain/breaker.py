"""A circuit breaker keeps calls away from a target that fails, and lets one probe find out whether it is back."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from app.domain.chance import share

State = Literal["closed", "open", "half-open"]

# A moment that lies this far ahead was not written by a clock that goes a little wrong: the clock was set back.
SKEW: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Target:
    """What fails or works as one: a model (slug) at one endpoint (its name) of a provider (code)."""

    provider: str
    model: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When a breaker opens, and for how long.

    It opens on `failures_in_row`, or when at least `failed_percent` of the last `window` outcomes are failures. It
    stays open for `open_s`, doubled with each failed probe up to `longest_open` times that, and shortened by up to half
    by chance; a wait that the vendor asks for counts in full up to `longest_retry_after_s`. A probe that says nothing
    for `probe_s` is taken for lost.
    """

    failures_in_row: int = 5
    window: int = 20
    failed_percent: int = 70
    open_s: float = 3.0
    longest_open: float = 2.0
    longest_retry_after_s: float = 300.0
    probe_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Breaker:
    """Closed: calls pass. Open: none does. Half-open: one probe is under way.

    `recent` has one bit per outcome, the newest lowest, 1 for a failure; `seen` says how many there are. `trips` counts
    the times it opened, `misses` the probes that failed since. `retry_at` is when the next probe may pass: while open
    the end of the pause, while half-open the moment at which the probe is taken for lost.
    """

    state: State = "closed"
    in_row: int = 0
    recent: int = 0
    seen: int = 0
    trips: int = 0
    misses: int = 0
    opened_at: datetime | None = None
    retry_at: datetime | None = None


def succeeded(breaker: Breaker, policy: BreakerPolicy) -> Breaker:
    """After a success: a probe closes the breaker; one that was sent before the breaker opened changes nothing."""
    match breaker.state:
        case "closed":
            if breaker.recent == 0 and breaker.seen == policy.window:  # then in_row is 0 too
                return breaker
            return replace(_counted(breaker, policy, 0), in_row=0)
        case "half-open":
            return closed(breaker)
        case "open":
            return breaker


def failed(
    breaker: Breaker, policy: BreakerPolicy, *, now: datetime, salt: str, retry_after_s: float | None = None
) -> Breaker:
    """After a failure: counted while closed, a longer pause after a probe; while open only the vendor's wait counts.

    `salt` names the target, so that each has pauses of its own.
    """
    match breaker.state:
        case "closed":
            counted = replace(_counted(breaker, policy, 1), in_row=breaker.in_row + 1)
            if not _too_many(counted, policy):
                return counted
            begun = replace(counted, trips=breaker.trips + 1, misses=0, opened_at=now)
            return _paused(begun, policy, now=now, salt=salt, retry_after_s=retry_after_s)
        case "half-open":
            again = replace(breaker, misses=breaker.misses + 1, in_row=breaker.in_row + 1)
            return _paused(again, policy, now=now, salt=salt, retry_after_s=retry_after_s)
        case "open":
            asked = now + timedelta(seconds=_bounded(retry_after_s, policy))
            return (
                breaker if breaker.retry_at is None or asked <= breaker.retry_at else replace(breaker, retry_at=asked)
            )


def may_probe(breaker: Breaker, *, now: datetime) -> bool:
    """Whether the pause is over, or the probe under way is lost; also when the clock was set back meanwhile."""
    if breaker.state == "closed":
        return False
    return _past(breaker.retry_at, now) or (breaker.opened_at is not None and breaker.opened_at > now + SKEW)


def probing(breaker: Breaker, policy: BreakerPolicy, *, now: datetime) -> Breaker:
    """With its probe under way; the caller has asked `may_probe`."""
    opened_at = breaker.opened_at if _past(breaker.opened_at, now) else now
    retry_at = now + timedelta(seconds=policy.probe_s)
    return replace(breaker, state="half-open", opened_at=opened_at, retry_at=retry_at)


def released(breaker: Breaker, *, now: datetime) -> Breaker:
    """After a call that says neither good nor bad: the next caller may probe at once."""
    return replace(breaker, state="open", retry_at=now) if breaker.state == "half-open" else breaker


def closed(breaker: Breaker) -> Breaker:
    """Closed, with nothing counted but the trips."""
    return Breaker(trips=breaker.trips)


def wait_s(breaker: Breaker, policy: BreakerPolicy, *, now: datetime) -> float | None:
    """Seconds until a call may pass; None when closed. A probe under way is expected to answer within `open_s`."""
    if breaker.state == "closed" or breaker.retry_at is None:
        return None
    if may_probe(breaker, now=now):
        return 0.0
    left = (breaker.retry_at - now).total_seconds()
    return min(left, policy.open_s) if breaker.state == "half-open" else left


def _counted(breaker: Breaker, policy: BreakerPolicy, bit: int) -> Breaker:
    recent = (breaker.recent << 1 | bit) & ((1 << policy.window) - 1)
    return replace(breaker, recent=recent, seen=min(breaker.seen + 1, policy.window))


def _too_many(breaker: Breaker, policy: BreakerPolicy) -> bool:
    if breaker.in_row >= policy.failures_in_row:
        return True
    return breaker.seen == policy.window and breaker.recent.bit_count() * 100 >= policy.failed_percent * policy.window


def _paused(
    breaker: Breaker, policy: BreakerPolicy, *, now: datetime, salt: str, retry_after_s: float | None
) -> Breaker:
    pause = max(_pause_s(breaker, policy, salt=salt), _bounded(retry_after_s, policy))
    return replace(breaker, state="open", retry_at=now + timedelta(seconds=pause))


def _pause_s(breaker: Breaker, policy: BreakerPolicy, *, salt: str) -> float:
    """Seconds, drawn from the upper half, so that probes do not beat in time with a target that comes and goes."""
    longest = policy.open_s * min(2.0 ** min(breaker.misses, 30), policy.longest_open)
    return longest * (0.5 + 0.5 * share(f"{salt}:{breaker.trips}:{breaker.misses}"))


def _bounded(retry_after_s: float | None, policy: BreakerPolicy) -> float:
    return 0.0 if retry_after_s is None else max(0.0, min(retry_after_s, policy.longest_retry_after_s))


def _past(moment: datetime | None, now: datetime) -> bool:
    return moment is None or moment <= now

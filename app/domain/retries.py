"""What to do after a failed attempt, and how long to wait before the next."""

from dataclasses import dataclass
from typing import Final, Literal

from app.domain.chance import share
from app.domain.errors import (
    ContextTooLong,
    ProviderBadAnswer,
    ProviderError,
    ProviderRateLimited,
    ProviderRefused,
    ProviderTimeout,
)

Turn = Literal["again", "elsewhere"]
LONGEST_PAUSE_S: Final = 20.0
PATIENT_S: Final = 2.0
BAD_KEY_RESTS_S: Final = 60.0
NOT_BLAMED: Final = (429, 409, 425)


@dataclass(frozen=True, slots=True)
class Retrying:
    """`attempts` at one model; the first pause is at most `base_s`; a provider may ask for `wait_max_s` at most."""

    attempts: int
    base_s: float
    wait_max_s: float


def turn(error: ProviderError, *, last: bool) -> Turn:
    """Whether the same model is asked again, if attempts are left, or the next of the route.

    A refusal for good is never sent again unchanged. A time limit that passed once is likely to pass again: only when
    no other model is left (`last`) is it worth another try.
    """
    if error.permanent or (isinstance(error, ProviderTimeout) and not last):
        return "elsewhere"
    return "again"


def fits(error: ProviderError, *, failed_window: int, next_window: int) -> bool:
    """Whether the next model may take the request: after a prompt that was too long only one with a larger window."""
    return not isinstance(error, ContextTooLong) or next_window > failed_window


def blames_target(error: ProviderError) -> bool:
    """Whether the failure counts against the target's breaker: faults of connection, time, server and answer do.

    Refusals and rate limits do not: they tell of the request, the key or the load, and the target is well.
    """
    return not error.permanent and not isinstance(error, ProviderRateLimited) and error.status not in NOT_BLAMED


def blames_key(error: ProviderError) -> bool:
    """Whether the key was refused, so that another key of the same provider may do."""
    return error.status in (401, 403) and type(error) is ProviderRefused


def pause_s(salt: str, *, failures: int, base_s: float, asked_s: float | None) -> float:
    """Seconds to wait after the `failures`-th failure in a row: full jitter below an exponential bound.

    What the provider asked for is waited for in full, and the jitter comes on top, so that callers who were refused
    together do not come back together. Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog.
    """
    bound = min(base_s * 2.0 ** (failures - 1), LONGEST_PAUSE_S)
    return (asked_s or 0.0) + share(f"{salt}:{failures}") * bound


def worth_repeating(error: ProviderError, *, failures: int) -> bool:
    """Whether one more try at the same model may help: a malformed answer is tried once more only."""
    return not isinstance(error, ProviderBadAnswer) or failures <= 1


def patience_s(*, others: bool, most_s: float) -> float:
    """Seconds that a provider is waited for: short while another model of the route may answer instead."""
    return min(most_s, PATIENT_S) if others else most_s

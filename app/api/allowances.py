"""What a key has left, in the headers of the IETF's drafts 03 to 06 on RateLimit, which most programs read."""

from typing import Final

from app.domain.errors import LimitExceeded
from app.domain.limits import Allowance, allowances
from app.services.limiter import Pass

Headers = tuple[tuple[str, str], ...]
LIMIT: Final = "RateLimit-Limit"
REMAINING: Final = "RateLimit-Remaining"
RESET: Final = "RateLimit-Reset"
POLICY: Final = "RateLimit-Policy"


def of_pass(passed: Pass) -> Headers:
    """The first limit that the key has, of requests before tokens, of minutes before days; the policy names all."""
    if passed.decision is None:
        return ()
    found = allowances(passed.decision.levels, passed.limits)
    if not found:
        return ()
    policy = ", ".join(map(_policy, found))
    return _headers(cap=found[0].cap, left=found[0].left, reset_s=found[0].reset_s, policy=policy)


def of_refusal(error: LimitExceeded) -> Headers:
    """The limit that was reached; it counts as whole again when `Retry-After` is over."""
    if error.window_s is None:
        return ()
    policy = f"{error.cap};w={error.window_s}"
    return _headers(cap=error.cap, left=0, reset_s=error.retry_after_s, policy=policy)


def _headers(*, cap: int, left: int, reset_s: int, policy: str) -> Headers:
    return ((LIMIT, str(cap)), (REMAINING, str(left)), (RESET, str(reset_s)), (POLICY, policy))


def _policy(allowance: Allowance) -> str:
    return f'{allowance.cap};w={allowance.window_s};comment="{allowance.of}"'

"""A vendor's status and error body become exactly one of our errors, and none of the vendor's words survive in it."""

from collections.abc import Mapping

import orjson

from app.domain.errors import (
    ContentRefused,
    ContextTooLong,
    ProviderBadAnswer,
    ProviderError,
    ProviderRateLimited,
    ProviderRefused,
    ProviderTimeout,
    ProviderUnavailable,
)
from app.providers import waits
from app.providers.wire import obj, text

_TOO_LONG = (
    "context_length",
    "context length",
    "context window",
    "context size",
    "exceed_context_size",
    "maximum context",
    "prompt is too long",
    "input is too long",
    "maximum number of tokens",
    "request_too_large",
)
_AGAINST_POLICY = (
    "content_policy",
    "content policy",
    "content_filter",
    "content filter",
    "content management policy",
    "responsibleai",
    "prohibited_content",
    "moderation",
    "safety",
)
_OUT_OF_CREDIT = ("insufficient_quota", "billing_error", "insufficient_balance", "billing_hard_limit")
_SPECIAL: dict[int, type[ProviderError]] = {
    408: ProviderTimeout,
    409: ProviderUnavailable,
    425: ProviderUnavailable,
    429: ProviderRateLimited,
    498: ProviderUnavailable,
}
# Names that vendors give errors inside a body whose HTTP status was 200, e.g. in the middle of a stream.
_STATUS_OF_NAME = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "resource_exhausted": 429,
    "server_error": 500,
    "api_error": 500,
    "internal": 500,
    "internal_server_error": 500,
    "unavailable": 503,
    "timeout_error": 504,
    "overloaded_error": 529,
}


def from_status(provider: str, status: int, raw: bytes, headers: Mapping[str, str]) -> ProviderError:
    """The error that an HTTP status of 300 or more means; `raw` only helps to tell kinds of refusal apart."""
    body = _parsed(raw)
    return _error(provider, status, body, waits.asked_s(status, headers, body))


def from_body(provider: str, body: Mapping[str, object]) -> ProviderError:
    """The error inside an answer whose status said success; ProviderBadAnswer when its kind is not told."""
    inner = obj(body.get("error"))
    names = (inner.get("code"), inner.get("type"), inner.get("status"))
    for name in names:
        if isinstance(name, int) and 400 <= name <= 599:
            return _error(provider, name, body, waits.asked_s(None, {}, body))
        if text(name).lower() in _STATUS_OF_NAME:
            return _error(provider, _STATUS_OF_NAME[text(name).lower()], body, waits.asked_s(None, {}, body))
    if _mentions(body, _AGAINST_POLICY):
        return ContentRefused(f"the content policy of {provider} refused the request", provider=provider)
    return ProviderBadAnswer(f"{provider} sent an error as an answer", provider=provider)


def _error(provider: str, status: int, body: object, wait_s: float | None) -> ProviderError:
    if status in (400, 403, 413, 422) or status == 429:
        if status != 429 and _mentions(body, _TOO_LONG):
            return ContextTooLong(f"too many tokens for the model of {provider}", provider=provider, status=status)
        if status != 429 and _mentions(body, _AGAINST_POLICY):
            message = f"the content policy of {provider} refused the request"
            return ContentRefused(message, provider=provider, status=status)
        if _mentions(body, _OUT_OF_CREDIT):
            return ProviderRefused(f"the account at {provider} is out of credit", provider=provider, status=status)
    if status in _SPECIAL:
        kind = _SPECIAL[status]
    elif status >= 500:
        kind = ProviderUnavailable
    else:
        kind = ProviderRefused if status >= 400 else ProviderBadAnswer
    return kind(f"{provider} answered with status {status}", provider=provider, status=status, retry_after_s=wait_s)


def _parsed(raw: bytes) -> object:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return raw[:4000].decode(errors="replace")


def _mentions(body: object, words: tuple[str, ...]) -> bool:
    """Whether the error's own fields hold one of the words; the answer to it is all that is kept of the text."""
    first = body[0] if isinstance(body, list) and body else body
    if isinstance(first, dict):
        error = first.get("error", first)
        fields = [error] if isinstance(error, str) else [obj(error).get(key) for key in ("code", "type", "message")]
    else:
        fields = [first]
    said = " ".join(text(field) for field in fields).lower()
    return any(word in said for word in words)

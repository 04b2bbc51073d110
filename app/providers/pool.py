"""The HTTP client under the OpenAI and Anthropic libraries keeps connections warm and holds every answer to a deadline.

Those libraries bound each read; a vendor that drips blank lines (as some do under load) would never be cut. Here the
read timeout of a request is also the limit of its whole body.
"""

from collections.abc import Iterator
from time import monotonic
from typing import cast

import httpx2

from app.domain.errors import ProviderBadAnswer, ProviderError, ProviderTimeout, ProviderUnavailable
from app.providers import faults

CONNECT_TIMEOUT_S = 5.0
LIMITS = httpx2.Limits(max_connections=1024, max_keepalive_connections=256, keepalive_expiry=60.0)

FAULTS: tuple[type[Exception], ...] = (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError)


class BodyCut(httpx2.TransportError):
    """The connection broke after the answer had begun."""


class _TimedBody(httpx2.SyncByteStream):
    """A body whose pieces must all arrive before `deadline` (on the monotonic clock)."""

    def __init__(self, inner: httpx2.SyncByteStream, deadline: float) -> None:
        self._inner = inner
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._inner:
                if monotonic() > self._deadline:
                    raise httpx2.ReadTimeout("the whole answer took too long")
                yield chunk
        except httpx2.TimeoutException:
            raise
        except httpx2.TransportError as error:
            raise BodyCut("the body ended early") from error

    def close(self) -> None:
        self._inner.close()


class TimedClient(httpx2.Client):
    """A client that gives every body a deadline: the request's own read timeout, counted from its start."""

    def send(self, request: httpx2.Request, *, stream: bool = False, **options: object) -> httpx2.Response:
        started = monotonic()
        response = super().send(request, stream=True, **options)  # type: ignore[arg-type]  # auth, redirects
        limit_s = request.extensions.get("timeout", {}).get("read")
        if limit_s is not None:
            response.stream = _TimedBody(cast(httpx2.SyncByteStream, response.stream), started + limit_s)
        if not stream:
            try:
                response.read()
            finally:
                response.close()
        return response


def client() -> TimedClient:
    """A client for one endpoint, to be shared by all threads; redirects are answers, not followed."""
    return TimedClient(limits=LIMITS, timeout=timeout(60.0))


def timeout(timeout_s: float) -> httpx2.Timeout:
    """The limits of one request."""
    return httpx2.Timeout(timeout_s, connect=min(timeout_s, CONNECT_TIMEOUT_S))


def translate(error: Exception, *, provider: str) -> ProviderError:
    """An error of httpx2, or of a library that wraps one, as one of ours."""
    response = getattr(error, "response", None)
    if isinstance(response, httpx2.Response):
        raw = response.content if response.is_stream_consumed else b""
        return faults.from_status(provider, response.status_code, raw, response.headers)
    match error if isinstance(error, httpx2.HTTPError) else error.__cause__:
        case httpx2.TimeoutException():
            return ProviderTimeout(f"{provider} gave no answer in time", provider=provider)
        case BodyCut() | httpx2.DecodingError():
            return ProviderBadAnswer(f"the answer of {provider} was cut", provider=provider)
        case _:
            return ProviderUnavailable(f"{provider} could not be reached", provider=provider)

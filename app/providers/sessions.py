"""Answers read through `requests` are read piece by piece, so that a deadline holds and a closed reader hangs up."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from time import monotonic

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ReadTimeoutError

from app.domain.errors import ProviderBadAnswer, ProviderError, ProviderTimeout, ProviderUnavailable
from app.providers import faults

CONNECT_TIMEOUT_S = 5.0
CHUNK_BYTES = 64 * 1024

FAULTS: tuple[type[Exception], ...] = (requests.RequestException,)


def prepare(session: requests.Session) -> requests.Session:
    """The session made fit for many threads: a wide pool, no retry of its own, no memory between requests."""
    adapter = HTTPAdapter(pool_connections=8, pool_maxsize=256, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    return session


@contextmanager
def answer(
    session: requests.Session, url: str, body: bytes, *, timeout_s: float, provider: str
) -> Generator[Iterator[bytes], None, None]:
    """The body's pieces as they arrive. Raises the vendor's refusal; leaving the block early closes the connection."""
    deadline = monotonic() + timeout_s
    with session.post(
        url,
        data=body,
        headers={"Content-Type": "application/json"},
        timeout=(min(timeout_s, CONNECT_TIMEOUT_S), timeout_s),
        stream=True,
        allow_redirects=False,
    ) as response:
        chunks = _chunks(response, deadline, provider)
        if response.status_code >= 300:
            raise faults.from_status(provider, response.status_code, b"".join(chunks), response.headers)
        yield chunks


def _chunks(response: requests.Response, deadline: float, provider: str) -> Iterator[bytes]:
    for chunk in response.iter_content(CHUNK_BYTES):
        if monotonic() > deadline:
            raise ProviderTimeout(f"the answer of {provider} took too long", provider=provider)
        yield chunk


def translate(error: Exception, *, provider: str) -> ProviderError:
    """An error of `requests` as one of ours."""
    # A read timeout inside a body reaches us as a ConnectionError that wraps urllib3's own.
    inner = error.args[0] if error.args else None
    match error:
        case requests.Timeout():
            return ProviderTimeout(f"{provider} gave no answer in time", provider=provider)
        case requests.ConnectionError() if isinstance(inner, ReadTimeoutError):
            return ProviderTimeout(f"{provider} gave no answer in time", provider=provider)
        case requests.exceptions.ChunkedEncodingError() | requests.exceptions.ContentDecodingError():
            return ProviderBadAnswer(f"the answer of {provider} was cut", provider=provider)
        case _:
            return ProviderUnavailable(f"{provider} could not be reached", provider=provider)

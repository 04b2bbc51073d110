"""Answers read through `requests` are read piece by piece, so that a deadline holds and a closed reader hangs up."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from time import monotonic

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from app.domain.errors import ProviderBadAnswer, ProviderError, ProviderTimeout, ProviderUnavailable
from app.providers import bodies, faults

CONNECT_TIMEOUT_S = 5.0

FAULTS: tuple[type[Exception], ...] = (requests.RequestException, HTTPError)


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
        chunks = bodies.pieces(response.raw, deadline=deadline, decode=True)
        if response.status_code >= 300:
            raise faults.from_status(provider, response.status_code, b"".join(chunks), response.headers)
        yield chunks


def translate(error: Exception, *, provider: str) -> ProviderError:
    """An error of `requests` before the body, or of urllib3 inside it, as one of ours."""
    if isinstance(error, requests.Timeout) or bodies.is_timeout(error):
        return ProviderTimeout(f"{provider} gave no answer in time", provider=provider)
    if isinstance(error, HTTPError):
        return ProviderBadAnswer(f"the answer of {provider} was cut", provider=provider)
    return ProviderUnavailable(f"{provider} could not be reached", provider=provider)

"""Answers read through `requests` are read piece by piece, on a line that can be hung up."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from app.domain.errors import ProviderBadAnswer, ProviderError, ProviderTimeout, ProviderUnavailable
from app.providers import bodies, faults, wire
from app.providers.connections import carry_lines

CONNECT_TIMEOUT_S = 5.0

FAULTS: tuple[type[Exception], ...] = (requests.RequestException, HTTPError)


class _Adapter(HTTPAdapter):
    """Opens connections that lines can hang up, and leaves redirects alone: `requests` would read their whole body."""

    def init_poolmanager(self, *args: Any, **named: Any) -> None:  # as the parent's, which alone knows them
        super().init_poolmanager(*args, **named)
        carry_lines(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **named: Any) -> urllib3.ProxyManager:
        found: urllib3.ProxyManager = super().proxy_manager_for(proxy, **named)
        carry_lines(found)
        return found

    def build_response(self, req: requests.PreparedRequest, resp: urllib3.BaseHTTPResponse) -> requests.Response:
        response = super().build_response(req, resp)
        response.headers.pop("location", None)
        return response


@dataclass(frozen=True, slots=True)
class Opened:
    """An answer whose body is still to be read."""

    pieces: Iterator[bytes]
    request_id: str | None


def prepare(session: requests.Session) -> requests.Session:
    """The session made fit for many threads: a wide pool, no retry of its own, no memory between requests."""
    adapter = _Adapter(pool_connections=8, pool_maxsize=256, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.headers["Accept-Encoding"] = "gzip, deflate"
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    return session


@contextmanager
def answer(
    session: requests.Session, url: str, body: bytes, *, timeout_s: float, provider: str
) -> Generator[Opened, None, None]:
    """The answer as it arrives. Raises the vendor's refusal; leaving the block early closes the connection."""
    with session.post(
        url,
        data=body,
        headers={"Content-Type": "application/json"},
        timeout=(min(timeout_s, CONNECT_TIMEOUT_S), timeout_s),
        stream=True,
        allow_redirects=False,
    ) as response:
        if response.status_code < 200:  # the real answer would come after it, and be taken for the next request's
            response.raw.close()
            raise faults.from_status(provider, response.status_code, b"", {})
        if response.status_code >= 300:
            raw = b"".join(bodies.beginning(response.raw))
            raise faults.from_status(provider, response.status_code, raw, response.headers)
        yield Opened(bodies.pieces(response.raw), response.headers.get("x-request-id"))


def whole(
    session: requests.Session,
    url: str,
    body: bytes,
    *,
    timeout_s: float,
    provider: str,
    most: int = wire.MAX_REPLY_BYTES,
) -> tuple[bytes, str | None]:
    """The whole body and the request's id. Raises as `answer`, and ProviderBadAnswer beyond `most` bytes."""
    with answer(session, url, body, timeout_s=timeout_s, provider=provider) as opened:
        return wire.body(opened.pieces, provider=provider, most=most), opened.request_id


def translate(error: Exception, *, provider: str) -> ProviderError:
    """An error of `requests` before the body, or of urllib3 inside it, as one of ours."""
    if isinstance(error, requests.Timeout) or bodies.is_timeout(error):
        return ProviderTimeout(f"{provider} gave no answer in time", provider=provider)
    causes = error.args if isinstance(error, requests.RequestException) else ()
    if isinstance(error, HTTPError) or any(
        bodies.is_garbled(cause) for cause in causes if isinstance(cause, Exception)
    ):
        return ProviderBadAnswer(f"the answer of {provider} was cut", provider=provider)
    return ProviderUnavailable(f"{provider} could not be reached", provider=provider)

"""The transport under the OpenAI and Anthropic libraries: their requests, sent over urllib3, each held to a deadline.

Their own transport spends as much on a streamed chunk as all the rest together, and bounds each read only; a vendor
that drips blank lines (as some do under load) would never be cut. Here the read timeout of a request is also the limit
of its whole body.
"""

import socket
import ssl
from collections.abc import Iterator
from time import monotonic
from urllib.request import getproxies, proxy_bypass

import httpx2
import urllib3

from app.domain.errors import ProviderBadAnswer, ProviderError, ProviderTimeout, ProviderUnavailable
from app.providers import bodies, faults

CONNECT_TIMEOUT_S = 5.0
KEPT_CONNECTIONS = 256
# A peer that vanished behind a firewall is noticed after a minute of silence, not at the next request.
SOCKET_OPTIONS = [
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *((socket.IPPROTO_TCP, getattr(socket, name), 60) for name in ("TCP_KEEPIDLE",) if hasattr(socket, name)),
]

FAULTS: tuple[type[Exception], ...] = (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError)


class BodyCut(httpx2.TransportError):
    """The connection broke after the answer had begun."""


class _Body(httpx2.SyncByteStream):
    """A body that must be whole before `deadline` (on the monotonic clock); closing it early hangs up."""

    def __init__(self, answer: urllib3.BaseHTTPResponse, deadline: float) -> None:
        self._answer = answer
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from bodies.pieces(self._answer, deadline=self._deadline)
        except urllib3.exceptions.HTTPError as error:
            if bodies.is_timeout(error):
                raise httpx2.ReadTimeout("the whole answer took too long") from error
            raise BodyCut("the body ended early") from error

    def close(self) -> None:
        self._answer.close()


class Transport(httpx2.BaseTransport):
    """Sends to one origin over a pool of kept connections; proxies are taken from the environment."""

    def __init__(self, base_url: str) -> None:
        url = urllib3.util.parse_url(base_url)
        proxy = None if proxy_bypass(url.host or "") else getproxies().get(url.scheme or "")
        # A plain request through a proxy names its whole address; a TLS one goes through a tunnel.
        self._prefix = f"{url.scheme}://{url.netloc}" if proxy and url.scheme == "http" else ""
        self._pools = _pools(proxy, httpx2.create_ssl_context() if url.scheme == "https" else None)
        self._pool = self._pools.connection_from_url(base_url)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        limits = request.extensions["timeout"]
        started = monotonic()
        try:
            answer = self._pool.urlopen(
                request.method,
                self._prefix + request.url.raw_path.decode(),
                body=request.read(),
                headers=dict(request.headers),
                timeout=urllib3.Timeout(connect=limits["connect"], read=limits["read"]),
                retries=False,
                assert_same_host=False,  # the pool of a plain proxy is the one of the proxy
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
        except urllib3.exceptions.HTTPError as error:
            if bodies.is_timeout(error):
                raise httpx2.ReadTimeout("no answer in time") from error
            raise httpx2.ConnectError("no connection, or none that held") from error
        body = _Body(answer, started + (limits["read"] or float("inf")))
        return httpx2.Response(answer.status, headers=list(answer.headers.items()), stream=body)

    def close(self) -> None:
        self._pools.clear()


def _pools(proxy: str | None, trust: ssl.SSLContext | None) -> urllib3.PoolManager:
    if proxy is None:
        return urllib3.PoolManager(maxsize=KEPT_CONNECTIONS, socket_options=SOCKET_OPTIONS, ssl_context=trust)
    return urllib3.ProxyManager(proxy, maxsize=KEPT_CONNECTIONS, socket_options=SOCKET_OPTIONS, ssl_context=trust)


def client(base_url: str) -> httpx2.Client:
    """A client for one endpoint, to be shared by all threads; redirects are answers, not followed."""
    return httpx2.Client(transport=Transport(base_url), timeout=timeout(60.0))


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

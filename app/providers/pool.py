"""The transport under the OpenAI and Anthropic libraries: their requests, sent over urllib3, on lines.

Their own transport spends as much on a streamed chunk as all the rest together, and has no hand on the socket: a vendor
that drips blank lines (as some do under load) would never be cut, and a caller who left would be noticed too late.
"""

import socket
import ssl
from collections.abc import Iterator
from urllib.request import getproxies, proxy_bypass

import httpx2
import urllib3

from app.domain.errors import ProviderBadAnswer, ProviderError, ProviderTimeout, ProviderUnavailable
from app.providers import bodies, faults
from app.providers.connections import carry_lines

CONNECT_TIMEOUT_S = 5.0
KEPT_CONNECTIONS = 256
# A peer that vanished behind a firewall is noticed after a minute of silence, not at the next request.
SOCKET_OPTIONS = [
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *((socket.IPPROTO_TCP, getattr(socket, name), 60) for name in ("TCP_KEEPIDLE",) if hasattr(socket, name)),
]

_OF_THE_WIRE = ("content-encoding", "content-length", "transfer-encoding")

FAULTS: tuple[type[Exception], ...] = (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError)


class BodyCut(httpx2.TransportError):
    """The connection broke after the answer had begun, or what came is no HTTP."""


class _Body(httpx2.SyncByteStream):
    """A body that must be whole; closing it early hangs up. Of a refusal, the beginning is enough."""

    def __init__(self, answer: urllib3.BaseHTTPResponse) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from bodies.pieces(self._answer) if self._answer.status < 300 else bodies.beginning(self._answer)
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
        try:
            answer = self._pool.urlopen(
                request.method,
                self._prefix + request.url.raw_path.decode(),
                body=request.read(),
                headers=dict(request.headers) | {"accept-encoding": "gzip, deflate"},
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
            if bodies.is_garbled(error):
                raise BodyCut("no HTTP") from error
            raise httpx2.ConnectError("no connection, or none that held") from error
        if answer.status < 200:  # the real answer would come after it, and be taken for the next request's
            answer.close()
            raise BodyCut("an answer before the answer")
        # The body is handed on without its compression, so its headers no longer hold.
        headers = [pair for pair in answer.headers.items() if pair[0].lower() not in _OF_THE_WIRE]
        return httpx2.Response(answer.status, headers=headers, stream=_Body(answer))

    def close(self) -> None:
        self._pools.clear()


def _pools(proxy: str | None, trust: ssl.SSLContext | None) -> urllib3.PoolManager:
    if proxy is None:
        direct = urllib3.PoolManager(maxsize=KEPT_CONNECTIONS, socket_options=SOCKET_OPTIONS, ssl_context=trust)
        return carry_lines(direct)
    return carry_lines(
        urllib3.ProxyManager(proxy, maxsize=KEPT_CONNECTIONS, socket_options=SOCKET_OPTIONS, ssl_context=trust)
    )


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

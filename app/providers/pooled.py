"""What the libraries of OpenAI and Anthropic have in common: they send, over our pool, and we read raw JSON."""

import weakref
from abc import abstractmethod
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from typing import ClassVar, cast

import httpx2

from app.domain.errors import ProviderError, ProviderUnconfigured
from app.domain.message import ModelRequest
from app.providers import faults, lines, pool, wire
from app.providers.base import Endpoint, Provider
from app.providers.lines import Line
from app.providers.wire import JsonObject


class PooledProvider(Provider):
    """A vendor whose library takes our transport; the subclass builds the library and names its errors."""

    base_url: ClassVar[str]
    library_error: ClassVar[type[Exception]]

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        if endpoint.api_key is None and endpoint.base_url is None:
            raise ProviderUnconfigured(f"no API key for {endpoint.provider}", provider=endpoint.provider)
        self._address = endpoint.base_url or self.base_url
        self._http = pool.client(self._address)
        weakref.finalize(self, self._http.close)

    def translate(self, error: Exception) -> ProviderError:
        """The library's exception as one of ours."""
        return pool.translate(error, provider=self.endpoint.provider)

    def _vendor_errors(self) -> tuple[type[Exception], ...]:
        return (self.library_error, *pool.FAULTS)

    @abstractmethod
    def _send(self, path: str, content: bytes, timeout: httpx2.Timeout) -> object:
        """The library's open response: asked for a response class and a stream, it hands it back unparsed."""

    @contextmanager
    def _open(self, path: str, body: JsonObject, timeout_s: float) -> Generator[httpx2.Response, None, None]:
        opened = self._send(path, wire.encode(body), pool.timeout(timeout_s))
        with closing(cast(httpx2.Response, opened)) as response:
            yield response

    def _whole(
        self, path: str, body: JsonObject, timeout_s: float, *, most: int = wire.MAX_REPLY_BYTES
    ) -> tuple[JsonObject, httpx2.Headers]:
        """The answer's object and its headers."""
        with self._open(path, body, timeout_s) as response:
            raw = wire.body(response.iter_raw(), provider=self.endpoint.provider, most=most)
        return self._checked(raw), response.headers

    def body_of(self, request: ModelRequest) -> JsonObject:
        """The request as it goes over the wire. Raises Unsupported."""
        self._check_options(request)
        return self._body(request)

    def failure(self, status: int, answer: JsonObject) -> ProviderError:
        """The vendor's refusal as an error of ours."""
        return faults.from_status(self.endpoint.provider, status, wire.encode(answer), {})

    def got(self, path: str, timeout_s: float) -> Iterator[bytes]:
        """The pieces of what stands at the path; one attempt."""
        line = Line(timeout_s=timeout_s)
        with self._attempt(line, whole=True):
            with lines.speaking(line):
                opened = cast(httpx2.Response, self._ask(path, pool.timeout(timeout_s)))
            with closing(opened) as response:
                yield from response.iter_raw()

    def object_at(self, path: str, timeout_s: float) -> JsonObject:
        """The JSON object at the path; one attempt."""
        return self._checked(wire.body(self.got(path, timeout_s), provider=self.endpoint.provider))

    def posted(self, path: str, body: JsonObject, timeout_s: float) -> JsonObject:
        """What a POST of JSON is answered; one attempt."""
        line = Line(timeout_s=timeout_s)
        with self._attempt(line, whole=True), lines.speaking(line):
            return self._whole(path, body, timeout_s)[0]

    @abstractmethod
    def _body(self, request: ModelRequest) -> JsonObject:
        """The request as it goes over the wire. Raises Unsupported."""

    @abstractmethod
    def _ask(self, path: str, timeout: httpx2.Timeout) -> object:
        """The library's open response to a GET, unparsed."""

    def _checked(self, raw: bytes) -> JsonObject:
        answer = wire.decode(raw, provider=self.endpoint.provider)
        if answer.get("error") or answer.get("type") == "error":
            raise faults.from_body(self.endpoint.provider, answer)
        return answer

"""What the libraries of OpenAI and Anthropic have in common: they send, over our pool, and we read raw JSON."""

import weakref
from abc import abstractmethod
from collections.abc import Generator
from contextlib import closing, contextmanager
from typing import ClassVar, cast

import httpx2

from app.domain.errors import ProviderError, ProviderUnconfigured
from app.providers import faults, pool, wire
from app.providers.base import Endpoint, Provider
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

    def _checked(self, raw: bytes) -> JsonObject:
        answer = wire.decode(raw, provider=self.endpoint.provider)
        if answer.get("error") or answer.get("type") == "error":
            raise faults.from_body(self.endpoint.provider, answer)
        return answer

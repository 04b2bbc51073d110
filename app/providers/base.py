"""A provider speaks to one vendor; this base does what every vendor would repeat, the subclass only speaks the wire."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from app.domain.errors import ModelMatchError, ProviderBadAnswer, ProviderError, Unsupported
from app.domain.message import Delta, Embeddings, ModelReply, ModelRequest, Usage
from app.providers import tokens


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where and as whom a provider is spoken to, and by which `kind` of class; `api_key` appears in no repr."""

    kind: str
    provider: str
    base_url: str | None
    api_key: str | None

    def __repr__(self) -> str:
        return f"Endpoint(kind={self.kind!r}, provider={self.provider!r}, base_url={self.base_url!r})"


class Provider(ABC):
    """One vendor behind five verbs: generate, stream, count_tokens, embed, translate.

    An instance is built once per endpoint, is safe to share between threads, and makes exactly one attempt per call:
    retries, fallbacks and deadlines over several attempts belong to the gateway.
    """

    kind: ClassVar[str]
    known_options: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    def generate(self, request: ModelRequest, *, timeout_s: float) -> ModelReply:
        """The whole answer. Raises ProviderError or Unsupported, nothing else."""
        self._check_options(request)
        try:
            reply = self._generate(request, timeout_s)
        except ModelMatchError:
            raise
        except self._vendor_errors() as error:
            raise self.translate(error) from error
        return replace(reply, usage=self._usage_or_estimate(reply.usage, request, reply.text))

    def stream(self, request: ModelRequest, *, timeout_s: float) -> Iterator[Delta]:
        """Pieces of the answer; the last carries finish_reason and usage.

        Raises ProviderBadAnswer when the vendor's stream ends without its own end mark. Closing the iterator closes
        the connection to the vendor.
        """
        self._check_options(request)
        said: list[str] = []
        pieces = self._stream(request, timeout_s)
        try:
            for delta in pieces:
                said.append(delta.text)
                if delta.finish_reason is None:
                    yield delta
                    continue
                yield replace(delta, usage=self._usage_or_estimate(delta.usage, request, "".join(said)))
                return
        except ModelMatchError:
            raise
        except self._vendor_errors() as error:
            raise self.translate(error) from error
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
        raise ProviderBadAnswer("the stream ended without an end of answer", provider=self.endpoint.provider)

    def count_tokens(self, request: ModelRequest) -> int:
        """Tokens of messages and tools, estimated with the shipped o200k ranks unless the vendor knows."""
        return tokens.count_request(request)

    def embed(self, model: str, texts: Sequence[str], *, timeout_s: float) -> Embeddings:
        """One vector per text. Raises Unsupported where the vendor has no embeddings."""
        try:
            return self._embed(model, texts, timeout_s)
        except ModelMatchError:
            raise
        except self._vendor_errors() as error:
            raise self.translate(error) from error

    @abstractmethod
    def translate(self, error: Exception) -> ProviderError:
        """The vendor's exception as one of ours, without the vendor's text."""

    @abstractmethod
    def _generate(self, request: ModelRequest, timeout_s: float) -> ModelReply: ...

    @abstractmethod
    def _stream(self, request: ModelRequest, timeout_s: float) -> Iterator[Delta]: ...

    def _embed(self, model: str, texts: Sequence[str], timeout_s: float) -> Embeddings:
        raise Unsupported(f"provider {self.endpoint.provider} offers no embeddings", field="model")

    @abstractmethod
    def _vendor_errors(self) -> tuple[type[Exception], ...]:
        """Exception classes of the vendor's library that `translate` understands."""

    def _check_options(self, request: ModelRequest) -> None:
        unknown = sorted(set(request.options) - self.known_options)
        if unknown:
            raise Unsupported(
                f"provider {self.endpoint.provider} does not know option {unknown[0]!r}", field=f"options.{unknown[0]}"
            )

    def _usage_or_estimate(self, usage: Usage | None, request: ModelRequest, text: str) -> Usage:
        if usage is not None and usage.total_tokens > 0:
            return usage
        return Usage(input_tokens=self.count_tokens(request), output_tokens=tokens.count(text), estimated=True)

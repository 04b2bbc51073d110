"""A provider speaks to one vendor; this base does what every vendor would repeat, the subclass only speaks the wire."""

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from time import monotonic
from typing import ClassVar

from app.domain.errors import (
    ContentRefused,
    ModelMatchError,
    ProviderBadAnswer,
    ProviderError,
    ProviderTimeout,
    Unsupported,
)
from app.domain.message import Delta, Embeddings, ModelReply, ModelRequest, ToolCall, ToolCallDelta, Usage
from app.providers import tokens


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where and as whom a provider is spoken to; `api_key` never appears in repr, logs or errors.

    `provider` is the name people know (`groq`), `kind` the class that speaks to it (`openai`); without one the name is
    the kind.
    """

    provider: str
    base_url: str | None = None
    api_key: str | None = None
    kind: str | None = None

    def __repr__(self) -> str:
        return f"Endpoint(provider={self.provider!r}, base_url={self.base_url!r}, kind={self.kind!r})"


class Provider(ABC):
    """One vendor behind five verbs: generate, stream, count_tokens, embed, translate.

    An instance is built once per endpoint, is safe to share between threads, and makes exactly one attempt per call:
    retries, fallbacks and deadlines over several attempts belong to the gateway.

    `timeout_s` bounds the whole attempt. The vendors' libraries bound each read, so the pieces of an answer are
    checked against the deadline as they arrive: a vendor that drips is cut at `timeout_s`, one that falls silent in
    the middle of an answer at the latest after `timeout_s` of silence.
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
        except self._vendor_errors() as error:
            raise self.translate(error) from None  # the cause holds the vendor's text and the request's headers
        said = [reply.text, *_written(reply.tool_calls)]
        self._refuse_withheld(reply.finish_reason, said)
        return replace(reply, usage=self._usage_or_estimate(reply.usage, request, said))

    def stream(self, request: ModelRequest, *, timeout_s: float) -> Generator[Delta]:
        """Pieces of the answer; the last, and only it, carries finish_reason and usage.

        Raises ProviderBadAnswer when the vendor's stream ends without its own end mark. Closing the iterator closes
        the connection to the vendor; reading it to its end gives the connection back for reuse.
        """
        self._check_options(request)
        return self._relay(request, timeout_s)

    def count_tokens(self, request: ModelRequest) -> int:
        """Tokens of messages and tools, estimated with the shipped o200k ranks unless the vendor knows."""
        return tokens.count_request(request)

    def embed(self, model: str, texts: Sequence[str], *, timeout_s: float) -> Embeddings:
        """One vector per text. Raises ProviderError, or Unsupported where the vendor has no embeddings."""
        try:
            found = self._embed(model, texts, timeout_s)
        except self._vendor_errors() as error:
            raise self.translate(error) from None
        if len(found.vectors) != len(texts) or not all(found.vectors):
            raise self.bad_answer("does not hold one vector per text")
        if found.usage.total_tokens > 0:
            return found
        return replace(found, usage=Usage(input_tokens=sum(map(tokens.count, texts)), estimated=True))

    @abstractmethod
    def translate(self, error: Exception) -> ProviderError:
        """The vendor's exception as one of ours, without the vendor's text."""

    def bad_answer(self, what: str) -> ProviderBadAnswer:
        """The error for an answer that breaks the vendor's own protocol; `what` is our text, never the vendor's."""
        return ProviderBadAnswer(f"the answer of {self.endpoint.provider} {what}", provider=self.endpoint.provider)

    def unsupported(self, what: str, field: str) -> Unsupported:
        """The error for a part of the request that this vendor has no word for."""
        return Unsupported(f"provider {self.endpoint.provider} does not support {what}", field=field)

    @abstractmethod
    def _generate(self, request: ModelRequest, timeout_s: float) -> ModelReply: ...

    @abstractmethod
    def _stream(self, request: ModelRequest, timeout_s: float) -> Generator[Delta, None, None]: ...

    def _embed(self, model: str, texts: Sequence[str], timeout_s: float) -> Embeddings:
        raise self.unsupported("embeddings", "model")

    @abstractmethod
    def _vendor_errors(self) -> tuple[type[Exception], ...]:
        """Exception classes of the vendor's library that `translate` understands; none of ours."""

    def _relay(self, request: ModelRequest, timeout_s: float) -> Generator[Delta]:
        deadline = monotonic() + timeout_s
        said: list[str] = []
        with closing(self._stream(request, timeout_s)) as pieces:
            try:
                for delta in pieces:
                    if monotonic() > deadline:
                        raise ProviderTimeout("the answer took too long", provider=self.endpoint.provider)
                    said += (delta.text, *_written(delta.tool_calls))
                    if delta.finish_reason is not None:
                        break
                    yield delta
                else:
                    raise self.bad_answer("ended without an end mark")
            except self._vendor_errors() as error:
                raise self.translate(error) from None
            self._refuse_withheld(delta.finish_reason, said)
            yield replace(delta, usage=self._usage_or_estimate(delta.usage, request, said))
            with suppress(ModelMatchError, *self._vendor_errors()):
                for _ in pieces:  # the rest of the body holds no answer; reading it lets the connection be reused
                    pass

    def _check_options(self, request: ModelRequest) -> None:
        unknown = sorted(set(request.options) - self.known_options)
        if unknown:
            raise self.unsupported(f"option {unknown[0]!r}", f"options.{unknown[0]}")

    def _refuse_withheld(self, finish_reason: str | None, said: list[str]) -> None:
        if finish_reason == "content_filter" and not any(said):
            raise ContentRefused("the vendor's content policy withheld the answer", provider=self.endpoint.provider)

    def _usage_or_estimate(self, usage: Usage | None, request: ModelRequest, said: list[str]) -> Usage:
        if usage is not None and usage.total_tokens > 0:
            return usage
        output_tokens = tokens.count("".join(said))
        return Usage(input_tokens=self.count_tokens(request), output_tokens=output_tokens, estimated=True)


def option_names(words: str) -> frozenset[str]:
    """The options named in a line of text."""
    return frozenset(words.split())


def _written(calls: Sequence[ToolCall] | Sequence[ToolCallDelta]) -> Iterator[str]:
    for call in calls:
        yield call.name or ""
        yield call.arguments

"""A provider speaks to one vendor; this base does what every vendor would repeat, the subclass only speaks the wire."""

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from http.client import HTTPException
from itertools import chain
from time import monotonic
from typing import ClassVar

from app.domain.errors import (
    ContentRefused,
    ModelMatchError,
    ProviderBadAnswer,
    ProviderError,
    Unsupported,
)
from app.domain.message import Delta, Embeddings, ModelReply, ModelRequest, ToolCall, ToolCallDelta, Usage
from app.providers import lines, prompt_cache, tokens
from app.providers.batching import Batching
from app.providers.lines import Line
from app.providers.wire import MAX_REPLY_BYTES

# What a stream yields for tokens that are not shown: the model thinks, and is neither silent nor speaking.
THOUGHT = Delta()
LINGER_S = 1.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where and as whom a provider is spoken to; `api_key` never appears in repr, logs or errors.

    `provider` is the name people know (`groq`), `kind` the class that speaks to it (`openai`); without one the name is
    the kind. Where a provider has several keys or addresses, `name` tells them apart (`openai-2`) without showing a
    key, and `weight` is the endpoint's share of the calls against the others. `prompt_cache`: the vendor is asked
    to cache long beginnings of prompts, unless the request says otherwise.
    """

    provider: str
    base_url: str | None = None
    api_key: str | None = None
    kind: str | None = None
    name: str = ""
    weight: int = 1
    prompt_cache: bool = True

    def __repr__(self) -> str:
        return f"Endpoint(provider={self.provider!r}, base_url={self.base_url!r}, kind={self.kind!r})"


class Provider(ABC):
    """One vendor behind five verbs: generate, stream, count_tokens, embed, translate.

    An instance is built once per endpoint, is safe to share between threads, and makes exactly one attempt per call:
    retries, fallbacks and deadlines over several attempts belong to the gateway.

    An attempt stands on a `Line`, which bounds it and by which it can be hung up from any thread; without one it gets
    a line of `timeout_s`. An answer is no longer than `max_reply_bytes`, text and arguments together.
    """

    kind: ClassVar[str]
    known_options: ClassVar[frozenset[str]] = frozenset()
    max_reply_bytes: ClassVar[int] = MAX_REPLY_BYTES

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    def generate(self, request: ModelRequest, *, timeout_s: float, line: Line | None = None) -> ModelReply:
        """The whole answer. Raises ProviderError, Unsupported, or CallerLeft when the line was hung up."""
        self._check_options(request)
        line = line or Line(timeout_s=timeout_s)
        with self._attempt(line, whole=True), lines.speaking(line):
            reply = self._generate(request, min(timeout_s, line.timeout_s))
        said = [reply.text, *_written(reply.tool_calls)]
        if sum(map(_size, said)) > self.max_reply_bytes:
            raise self.bad_answer("is too long")
        self._refuse_withheld(reply.finish_reason, said)
        return replace(reply, usage=self._usage_or_estimate(reply.usage, request, said))

    def stream(self, request: ModelRequest, *, timeout_s: float, line: Line | None = None) -> Generator[Delta]:
        """Pieces of the answer; the last, and only it, carries finish_reason and usage. Raises as `generate`.

        Raises ProviderBadAnswer when the vendor's stream ends without its own end mark. Closing the iterator closes
        the connection to the vendor; reading it to its end gives the connection back for reuse.
        """
        self._check_options(request)
        line = line or Line(timeout_s=timeout_s)
        return self._relay(request, min(timeout_s, line.timeout_s), line)

    def count_tokens(self, request: ModelRequest) -> int:
        """Tokens of messages and tools, estimated with the shipped o200k ranks unless the vendor knows."""
        return tokens.count_request(request)

    def embed(self, model: str, texts: Sequence[str], *, timeout_s: float, line: Line | None = None) -> Embeddings:
        """One vector per text. Raises as `generate`, with Unsupported where the vendor has no embeddings."""
        line = line or Line(timeout_s=timeout_s)
        with self._attempt(line, whole=True), lines.speaking(line):
            found = self._embed(model, texts, min(timeout_s, line.timeout_s))
        if len(found.vectors) != len(texts) or not all(found.vectors):
            raise self.bad_answer("does not hold one vector per text")
        if found.usage.total_tokens > 0:
            return found
        return replace(found, usage=Usage(input_tokens=sum(map(tokens.count, texts)), estimated=True))

    def estimated(self, request: ModelRequest, text: str) -> Usage:
        """Tokens of an answer whose vendor told none."""
        return self._usage_or_estimate(None, request, [text])

    def batching(self) -> Batching | None:
        """The vendor's own batches; None where it has none that is known here."""
        return None

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

    @contextmanager
    def _attempt(self, line: Line, *, whole: bool = False) -> Iterator[None]:
        """One attempt on the line: whatever breaks because the line was cut on this side is told as that."""
        name = self.endpoint.provider
        broken: tuple[type[Exception], ...] = (ProviderError, OSError, HTTPException, *self._vendor_errors())
        line.open(name, whole=whole)
        try:
            yield
        except broken as error:
            line.expire(monotonic())  # a read may run out of time a moment before anybody has looked at the line
            failure = line.failure(name)
            if failure is None and isinstance(error, ProviderError):
                raise
            # The cause holds the vendor's text and the request's headers, so it is not chained.
            raise failure or self.translate(error) from None
        finally:
            line.close()

    def _relay(self, request: ModelRequest, timeout_s: float, line: Line) -> Generator[Delta]:
        said: list[str] = []
        left = self.max_reply_bytes
        with self._attempt(line), closing(self._stream(request, timeout_s)) as pieces:
            with lines.speaking(line):
                begun = [delta for delta in (next(pieces, None),) if delta is not None]
            for delta in chain(begun, pieces):
                if line.left or line.expired:
                    line.check(self.endpoint.provider)
                if delta is THOUGHT:
                    line.spoke()
                    line.listen()
                    continue
                said.append(delta.text)
                left -= _size(delta.text)
                if delta.tool_calls:
                    said += _written(delta.tool_calls)
                    left -= sum(map(_size, _written(delta.tool_calls))) + len(delta.tool_calls)
                if left < 0:
                    raise self.bad_answer("is too long")
                if delta.finish_reason is not None:
                    break
                if delta.text or delta.tool_calls:
                    line.spoke()
                    yield delta
                    line.listen()
            else:
                raise self.bad_answer("ended without an end mark")
            self._refuse_withheld(delta.finish_reason, said)
            line.spoke()
            yield replace(delta, usage=self._usage_or_estimate(delta.usage, request, said))
            line.linger(LINGER_S)
            with suppress(ModelMatchError, OSError, HTTPException, *self._vendor_errors()):
                for _ in pieces:  # the rest of the body holds no answer; reading it lets the connection be reused
                    pass

    def _check_options(self, request: ModelRequest) -> None:
        unknown = sorted(set(request.options) - self.known_options - {prompt_cache.OPTION})
        if unknown:
            raise self.unsupported(f"option {unknown[0]!r}", f"options.{unknown[0]}")
        if not isinstance(request.options.get(prompt_cache.OPTION, True), bool):
            raise self.unsupported("anything but true and false here", f"options.{prompt_cache.OPTION}")

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


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))

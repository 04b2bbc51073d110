"""A provider's own batches: many requests handed over at once, answered within a day, at a price of their own."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.domain.errors import ProviderError
from app.domain.message import ModelReply, ModelRequest
from app.providers.wire import JsonObject


@dataclass(frozen=True, slots=True)
class BatchedRequest:
    """One request, and the id by which its answer is known again (letters, digits, - and _, at most 64)."""

    id: str
    request: ModelRequest


@dataclass(frozen=True, slots=True)
class BatchedAnswer:
    """What came of one request: either `reply` or `error`."""

    id: str
    reply: ModelReply | None = None
    error: ProviderError | None = None


class Speaker(Protocol):
    """What of a provider all batches need: each verb one attempt, within `timeout_s`."""

    def body_of(self, request: ModelRequest) -> JsonObject:
        """The request as it goes over the wire. Raises Unsupported."""

    def reply_of(self, answer: JsonObject, request_id: str | None) -> ModelReply:
        """The answer as it came over the wire. Raises ProviderError."""

    def failure(self, status: int, answer: JsonObject) -> ProviderError:
        """The vendor's refusal as an error of ours."""

    def got(self, path: str, timeout_s: float) -> Iterator[bytes]:
        """The pieces of what stands at the path."""

    def object_at(self, path: str, timeout_s: float) -> JsonObject:
        """The JSON object at the path."""

    def posted(self, path: str, body: JsonObject, timeout_s: float) -> JsonObject:
        """What a POST of JSON is answered."""


class Batching(ABC):
    """One vendor's batches. Every verb is one attempt, raises ProviderError, and takes `timeout_s` at most."""

    @abstractmethod
    def send(self, requests: Sequence[BatchedRequest], *, name: str, timeout_s: float) -> str:
        """The vendor's id of the batch that it has taken. `name` is kept with it where the vendor keeps names.

        Raises Unsupported, before anything is sent, for a request that the vendor cannot be asked.
        """

    @abstractmethod
    def find(self, requests: Sequence[str], *, name: str, since: datetime, timeout_s: float) -> str | None:
        """The vendor's id of the batch of these requests, if it was taken after all; None where it was not.

        Raises ProviderUnavailable while that cannot be told.
        """

    @abstractmethod
    def over(self, vendor_id: str, *, timeout_s: float) -> bool:
        """Whether nothing more is answered."""

    @abstractmethod
    def answers(self, vendor_id: str, *, timeout_s: float) -> Iterator[BatchedAnswer]:
        """What came of the requests, in any order; of some perhaps nothing. Only once it is over."""

    @abstractmethod
    def cancel(self, vendor_id: str, *, timeout_s: float) -> None:
        """Nobody wants what is not answered yet."""

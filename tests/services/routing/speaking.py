"""Models for tests of routes say what stands beside their name, and remember who was asked what."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from app.domain.auto import Auto
from app.domain.call import Call
from app.domain.errors import ProviderError
from app.domain.flow import Choice
from app.domain.message import Delta, FinishReason, Message, ModelRequest, ResponseFormat, Usage
from app.services.caller import Caller
from app.services.departure import Departure
from app.services.direct import DirectAsked

SMALL, MEDIUM, LARGE = "simulated/small", "simulated/medium", "simulated/large"
ALL = (SMALL, MEDIUM, LARGE)
REFUSAL = "I'm sorry, but I can't help with that."
Says = str | ProviderError | FinishReason | Callable[[ModelRequest], str]


@dataclass(slots=True)
class Voices:
    """A script by the provider's name of a model; a text that is a finish reason ends half a sentence with it."""

    says: Mapping[str, Says]
    asked: list[str] = field(default_factory=list)
    requests: list[ModelRequest] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: ModelRequest) -> Iterator[Delta]:
        with self.lock:
            self.asked.append(request.model)
            self.requests.append(request)
        act = self.says[request.model]
        if isinstance(act, ProviderError):
            raise act
        said = act(request) if callable(act) else act
        finish: FinishReason = "length" if said == "length" else "stop"
        yield Delta(text="The parcel has" if said == "length" else said)
        yield Delta(finish_reason=finish, usage=Usage(input_tokens=100, output_tokens=50))


def question(
    auto: Auto,
    text: str = "What is the capital of France?",
    *,
    departure: Departure | None = None,
    response_format: ResponseFormat | None = None,
    models: frozenset[str] | None = None,
) -> DirectAsked:
    """A direct question by auto."""
    request = ModelRequest("", (Message("user", text),), max_tokens=64, response_format=response_format)
    return DirectAsked(Choice(auto=auto), request, caller=Caller(departure=departure or Departure(), models=models))


def told(calls: tuple[Call, ...]) -> list[tuple[str, str, str]]:
    """Model, source and reason of each call."""
    return [(call.model, call.source, call.reason) for call in calls]

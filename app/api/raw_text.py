"""Plain text in, plain text out: the body is the prompt, options stand in the query, and headers tell the rest."""

from collections.abc import Generator
from itertools import chain
from typing import Annotated, Any, Final

from flask import Response
from pydantic import Field

from app.api import bodies, problems
from app.api.answers import label, label_run
from app.api.cache_payloads import cache_wish
from app.api.caller import caller
from app.api.door import Door
from app.api.generation_payloads import correlation_id
from app.api.guard import scope
from app.api.once import Tap, once, once_streamed
from app.api.payloads import ByCode, Line, Name, Text, Words
from app.api.problems import Problem
from app.api.pump import Pump
from app.api.world import world
from app.domain.errors import Invalid
from app.domain.flow import Choice, Params, choice_named
from app.domain.message import Message, ModelRequest
from app.services import direct, generate
from app.services.asking import Asked
from app.services.attempts import Piece
from app.services.departure import Departure
from app.services.direct import Answered, DirectAsked
from app.services.generate import Event, Finished, Started

MIMETYPE: Final = "text/plain"
TEXT: Final[dict[str, object]] = {"content": {MIMETYPE: {"schema": {"type": "string"}}}}
PATHS: Final = ("/api/v1/generate/raw", "/api/v1/use-cases/{code}/generate/raw")

door = Door("raw-text")


class TextQuery(Words):
    """How the model is asked; what is absent leaves the default."""

    max_tokens: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    seed: Annotated[int, Field(ge=-(2**63), le=2**63 - 1)] | None = None
    user_id: Line | None = None
    stream: bool = False

    def params(self) -> Params:
        """The parameters."""
        return Params(max_tokens=self.max_tokens, temperature=self.temperature, top_p=self.top_p, seed=self.seed)


class ModelTextQuery(TextQuery):
    """Who is asked: a model (also `auto` and `auto/<strategy>`) or a task; and what the system says."""

    model: Name | None = None
    task: Name | None = None
    system: Text | None = None

    def asked(self, prompt: str) -> DirectAsked:
        """What is asked. Raises Invalid unless exactly one is named."""
        if (self.model is None) == (self.task is None):
            raise Invalid("either a model or a task is expected", field="model")
        choice = Choice(task=self.task) if self.model is None else choice_named(self.model)
        head = () if self.system is None else (Message("system", self.system),)
        params = self.params()
        request = ModelRequest(
            model="",
            messages=(*head, Message("user", prompt)),
            max_tokens=params.max_tokens,
            temperature=params.temperature,
            top_p=params.top_p,
            seed=params.seed,
        )
        who = caller(cache=cache_wish(None), stream_recovery="error" if self.stream else None)
        return DirectAsked(choice, request, caller=who, user_id=self.user_id)


class RunTextQuery(TextQuery):
    """Whose session it is, and which step alone is asked, if not all."""

    correlation_id: Line | None = None
    step: Name | None = None

    def asked(self, prompt: str) -> Asked:
        """What is asked: the text is the input `prompt`, and what the user says where the flow takes a chat."""
        return Asked(
            correlation_id=correlation_id(self.correlation_id),
            inputs={"prompt": prompt},
            messages=(Message("user", prompt),),
            user_id=self.user_id,
            step=self.step,
            params=self.params(),
            caller=caller(cache=cache_wish(None), stream_recovery="error" if self.stream else None),
        )


@door.post("/generate/raw", responses={200: TEXT})
@scope("run")
def ask_model_in_text(query: ModelTextQuery) -> Response:
    """Ask a model or a task in plain text, and get its words alone."""
    asked = query.asked(bodies.read_text())
    if query.stream:
        return once_streamed(lambda tap: _model_stream(asked, tap), mimetype=MIMETYPE, last=None)
    return once(lambda: _of_model(asked), texts=True)


@door.post("/use-cases/<code>/generate/raw", responses={200: TEXT})
@scope("run")
def ask_use_case_in_text(path: ByCode, query: RunTextQuery) -> Response:
    """Ask a use case in plain text, and get its words alone."""
    asked = query.asked(bodies.read_text())
    if query.stream:
        return once_streamed(lambda tap: _run_stream(path.code, asked, tap), mimetype=MIMETYPE, last=None)
    return once(lambda: _of_use_case(path.code, asked), texts=True)


def describe(document: dict[str, Any]) -> None:
    """Say of both routes that their body is text."""
    for path in PATHS:
        body = {"required": True, "content": {MIMETYPE: {"schema": {"type": "string", "minLength": 1}}}}
        document["paths"][path]["post"]["requestBody"] = body


def _of_model(asked: DirectAsked) -> Response:
    answered = direct.run(world(), asked)
    return label(Response(answered.reply.text, mimetype=MIMETYPE), answered)


def _of_use_case(code: str, asked: Asked) -> Response:
    finished = generate.run(world(), code, asked)
    response = label(Response(finished.reply.text, mimetype=MIMETYPE), finished)
    return label_run(response, run_id=finished.run.id, flow=finished.flow.code, session=finished.session)


def _model_stream(asked: DirectAsked, tap: Tap) -> Response:
    return _respond(tap(_words(direct.events(world(), asked))), asked.caller.departure)


def _run_stream(code: str, asked: Asked, tap: Tap) -> Response:
    events = generate.events(world(), code, asked, streamed=True)
    started = next(events)
    if not isinstance(started, Started):
        raise AssertionError("a run begins by naming its flow")
    response = _respond(tap(_words(events)), asked.caller.departure)
    return label_run(response, run_id=started.run_id, flow=started.flow.code, session=started.session)


def _words(events: Generator[Event | Answered]) -> Generator[bytes]:
    """The words as they come; what came at once, such as an answer that was looked at, at the end."""
    said = False
    try:
        for event in events:
            match event:
                case Piece(delta) if delta.text:
                    said = True
                    yield delta.text.encode()
                case Answered() | Finished() if not said and event.reply.text:
                    yield event.reply.text.encode()
    finally:
        events.close()


def _respond(words: Generator[bytes], departure: Departure) -> Response:
    """The words as an answer. What fails before the first is an ordinary problem; later it becomes a last line.

    Servers end an answer whose maker raised as they end a whole one, so that a cut alone would look whole.
    """
    pump = Pump(words, departure, heartbeat_s=None)
    first, instance = next(pump, b""), problems.request_id()
    response = Response(chain((first,), problems.until_failure(pump, _told, instance)), mimetype=MIMETYPE)
    response.call_on_close(pump.close)
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _told(problem: Problem) -> bytes:
    return f"\n\n[error: {problem.code}]\n".encode()

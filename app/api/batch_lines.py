"""One line of a batch, in OpenAI's shape or flat, becomes what its door would have been asked."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError
from werkzeug.exceptions import BadRequest

from app.api import bodies, problems
from app.api.forcing import use_case_of
from app.api.generation_payloads import DirectIn, GenerateIn
from app.api.openai import USE_CASE, asked_of, choice_of, question_of
from app.api.openai_payloads import ChatIn, EmbeddingsIn
from app.api.world import world
from app.domain.batch import LONGEST_LINE, Shape, check_custom_id
from app.domain.errors import Invalid, ModelMatchError, NotFound
from app.domain.flow import Choice
from app.services.batches import questions
from app.services.batches.questions import EmbeddingAsked, Question, UseCaseAsked
from app.services.batches.receiving import Received, Receiving
from app.services.direct import DirectAsked

CHAT: Final = "/v1/chat/completions"
EMBEDDINGS: Final = "/v1/embeddings"
GENERATE: Final = "/api/v1/generate"
OF_USE_CASE: Final = re.compile(r"/api/v1/use-cases/(?P<code>[^/?#]+)/generate")
URLS: Final = f"{CHAT}, {EMBEDDINGS}, {GENERATE} or /api/v1/use-cases/<code>/generate"
WRAPPED: Final = frozenset({"custom_id", "method", "url", "body"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A line that was understood."""

    custom_id: str
    shape: Shape
    question: Question


def take(receiving: Receiving, number: int, raw: bytes, *, endpoint: str | None = None) -> None:
    """Give the line with that number to the batch, or note what is wrong with it; an empty one counts for nothing.

    `endpoint`: the only address that it may name.
    """
    if not raw.strip():
        return
    if len(raw) > LONGEST_LINE:
        receiving.refuse(number, "line", f"at most {LONGEST_LINE} bytes are taken in one line")
        return
    try:
        given = bodies.parsed(raw, what="the line")
    except BadRequest as error:
        receiving.refuse(number, "line", str(error.description))
    except Invalid as error:
        receiving.refuse(number, error.field, error.message)
    else:
        take_parsed(receiving, number, given, size=len(raw), endpoint=endpoint)


def take_parsed(receiving: Receiving, number: int, given: object, *, size: int, endpoint: str | None = None) -> None:
    """The same of a line that was read from JSON."""
    try:
        asked = _asked(receiving, given, endpoint)
    except ValidationError as error:
        fault = problems.of_validation(error, given).faults[0]
        receiving.refuse(number, fault.field, fault.message)
    except ModelMatchError as error:
        receiving.refuse(number, getattr(error, "field", None) or "line", error.message)
    else:
        question = questions.encode(asked.question)
        receiving.add(Received(number, asked.custom_id, asked.shape, question, size))


def _asked(receiving: Receiving, given: object, endpoint: str | None) -> Asked:
    if not isinstance(given, dict):
        raise Invalid("an object is expected", field="line")
    custom_id = check_custom_id(given.get("custom_id"))
    session = f"{receiving.batch_id}/{receiving.place}"
    if "url" in given or "body" in given:
        return _wrapped(given, custom_id, session, endpoint)
    if endpoint is not None:
        raise Invalid(f"{endpoint} is expected", field="url")
    flat = {name: value for name, value in given.items() if name not in ("custom_id", "use_case")}
    code = given.get("use_case")
    if code is None:
        return Asked(custom_id, "model", _direct(flat))
    if not isinstance(code, str):
        raise Invalid("a code is expected", field="use_case")
    return Asked(custom_id, "use-case", _use_case(_known(code, "use_case"), flat, session))


def _wrapped(given: Mapping[str, Any], custom_id: str, session: str, endpoint: str | None) -> Asked:
    unknown = sorted(given.keys() - WRAPPED)
    if unknown:
        raise Invalid("unknown field", field=str(unknown[0])[:100])
    if given.get("method", "POST") != "POST":
        raise Invalid("POST is expected", field="method")
    url, body = given.get("url"), given.get("body")
    if endpoint is not None and url != endpoint:
        raise Invalid(f"{endpoint} is expected, as the batch says", field="url")
    if not isinstance(body, dict):
        raise Invalid("an object is expected", field="body")
    if url == CHAT:
        return _within(body, lambda: _chat(body, custom_id, session))
    if url == EMBEDDINGS:
        return _within(body, lambda: Asked(custom_id, "embedding", _embedding(body)))
    if url == GENERATE:
        return _within(body, lambda: Asked(custom_id, "model", _direct(body)))
    named = OF_USE_CASE.fullmatch(url) if isinstance(url, str) else None
    if named is None:
        raise Invalid(f"{URLS} is expected", field="url")
    code = _known(named["code"], "url")
    return _within(body, lambda: Asked(custom_id, "use-case", _use_case(code, body, session)))


def _within(body: Mapping[str, object], asked: Callable[[], Asked]) -> Asked:
    try:
        return asked()
    except ValidationError as error:
        fault = problems.of_validation(error, body).faults[0]
        raise Invalid(fault.message, field=f"body.{fault.field}") from None
    except ModelMatchError as error:
        field = getattr(error, "field", None)
        raise Invalid(error.message, field="body" if field is None else f"body.{field}") from None


def _chat(body: Mapping[str, object], custom_id: str, session: str) -> Asked:
    chat = ChatIn.model_validate(body)
    _refuse_stream(chat.stream)
    if chat.model.startswith(USE_CASE):
        named, force = use_case_of(chat.model.removeprefix(USE_CASE))
        code = _known(named, "model")
        asked = replace(asked_of(chat), correlation_id=session, force=force)
        return Asked(custom_id, "chat-use-case", UseCaseAsked(code, asked))
    question = question_of(chat)
    _checked(question.choice)
    return Asked(custom_id, "chat", question)


def _embedding(body: Mapping[str, object]) -> EmbeddingAsked:
    wanted = EmbeddingsIn.model_validate(body)
    choice = _checked(choice_of(wanted.model))
    encoded = wanted.encoding_format == "base64"
    return EmbeddingAsked(choice, wanted.model, tuple(wanted.texts), encoded, wanted.user)


def _direct(body: Mapping[str, object]) -> DirectAsked:
    wanted = DirectIn.model_validate(body)
    _refuse_stream(wanted.stream)
    _refuse_conversation(wanted.conversation_id)
    asked = wanted.to_domain()
    _checked(asked.choice)
    return asked


def _use_case(code: str, body: Mapping[str, object], session: str) -> UseCaseAsked:
    wanted = GenerateIn.model_validate(body)
    _refuse_stream(wanted.stream)
    _refuse_conversation(wanted.conversation_id)
    if wanted.correlation_id is None:
        wanted = wanted.model_copy(update={"correlation_id": session})
    return UseCaseAsked(code, wanted.to_domain())


def _refuse_stream(stream: bool | None) -> None:
    if stream:
        raise Invalid("the answer of a line comes in one piece", field="stream")


def _refuse_conversation(conversation_id: UUID | None) -> None:
    """A line that is asked again after a kill would be a second turn, and lines have no order."""
    if conversation_id is not None:
        raise Invalid("a line is no turn of a conversation", field="conversation_id")


def _checked(choice: Choice) -> Choice:
    """The choice. Raises UnknownModel when one of its models stands in no catalogue."""
    for slug in choice.models:
        world().catalogue.get(slug)
    return choice


def _known(code: str, field: str) -> str:
    """The code. Raises NotFound unless there is such a use case now."""
    if code not in world().snapshots.current.use_cases:
        raise NotFound("use case", code, field=field)
    return code

"""A stream as OpenAI tells it; its end and `[DONE]` follow only once the answer is durable."""

from collections.abc import Generator

from app.api import openai_wire
from app.api.openai_payloads import ChatIn
from app.api.world import world
from app.domain.message import Delta
from app.services.attempts import Piece
from app.services.direct import Answered
from app.services.generate import Event, Finished


def frames(body: ChatIn, events: Generator[Event | Answered], *, id: str) -> Generator[bytes]:
    """The chunks of a run or answer."""
    told = _Told(id=id, created=int(world().now().timestamp()), with_usage=body.wants_usage)
    return _frames(told, events)


class _Told:
    """What a stream has told so far. The model that answers is known with its first piece, and named from there on."""

    def __init__(self, *, id: str, created: int, with_usage: bool) -> None:
        self._id = id
        self._created = created
        self._with_usage = with_usage
        self._chunks: openai_wire.Chunks | None = None

    def piece(self, delta: Delta) -> bytes:
        """A piece, after the opening if it is the first; or the word that the answer begins anew."""
        if delta.restart:
            self._chunks = self._of(delta.model)
            return self._chunks.restart()
        opening, chunks = self._begun(delta.model)
        return opening + chunks.piece(delta)

    def end(self, event: Finished | Answered) -> bytes:
        """The end of the answer."""
        opening, chunks = self._begun(event.model)
        usage = chunks.usage(event.usage) if self._with_usage else b""
        route_id = None if event.route is None else event.route.id
        return opening + chunks.end(event.reply.finish_reason, route_id=route_id) + usage + openai_wire.DONE

    def _begun(self, model: str | None) -> tuple[bytes, openai_wire.Chunks]:
        if self._chunks is not None:
            return b"", self._chunks
        self._chunks = self._of(model)
        return self._chunks.opening(), self._chunks

    def _of(self, model: str | None) -> openai_wire.Chunks:
        return openai_wire.Chunks(id=self._id, model=model or "", created=self._created, with_usage=self._with_usage)


def _frames(told: _Told, events: Generator[Event | Answered]) -> Generator[bytes]:
    try:
        for event in events:
            match event:
                case Piece(delta):
                    yield told.piece(delta)
                case Finished() | Answered():
                    yield told.end(event)
                case _:
                    continue
    finally:
        events.close()

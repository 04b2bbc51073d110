"""An attempt is one call under way: it is timed, listened to, and ends as a row for the journal."""

import time
from dataclasses import dataclass, field

from app.domain.call import Call, CallText, Outcome
from app.domain.errors import ProviderError
from app.domain.message import Delta, Json, ModelReply, ModelRequest, ToolCall, Usage
from app.domain.model import cost, price_at
from app.providers import tokens
from app.services.routes import Leg
from app.services.world import World


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a streamed answer, as it leaves."""

    delta: Delta


@dataclass(frozen=True, slots=True)
class Asker:
    """On whose behalf a call is made; copied onto each call row."""

    key_id: str | None = None
    unit: str | None = None
    session_id: str | None = None
    run_id: str | None = None
    use_case_id: str | None = None
    flow_id: str | None = None
    flow_version: int | None = None
    step: str | None = None
    task: str | None = None
    tags: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call with its text, as it goes to the journal."""

    call: Call
    text: CallText | None


@dataclass(slots=True)
class Said:
    """A streamed answer put together again."""

    text: list[str] = field(default_factory=list)
    tool_calls: dict[int, ToolCall] = field(default_factory=dict)
    end: Delta | None = None

    def add(self, delta: Delta) -> None:
        """Take one more piece."""
        if delta.text:
            self.text.append(delta.text)
        for piece in delta.tool_calls:
            known = self.tool_calls.get(piece.index, ToolCall("", "", ""))
            self.tool_calls[piece.index] = ToolCall(
                piece.id or known.id, piece.name or known.name, known.arguments + piece.arguments
            )
        if delta.finish_reason is not None:
            self.end = delta

    def reply(self, call: Call) -> ModelReply:
        """The whole answer, once its end has been heard."""
        finish = self.end.finish_reason if self.end is not None else None
        tools = tuple(self.tool_calls[index] for index in sorted(self.tool_calls))
        return ModelReply("".join(self.text), finish or "stop", call.usage, call.model, tools)


@dataclass(slots=True)
class Attempts:
    """All attempts of one step in order; filled as they end, also when the last one raises."""

    made: list[Attempt] = field(default_factory=list)

    @property
    def last(self) -> Call:
        """The call that ended the step."""
        return self.made[-1].call


class Watch:
    """Times one attempt and turns its end into a call row."""

    def __init__(
        self, world: World, leg: Leg, asker: Asker, request: ModelRequest, *, attempt: int, attempts: Attempts
    ) -> None:
        self._world = world
        self._leg = leg
        self._asker = asker
        self._request = request
        self._attempt = attempt
        self._attempts = attempts
        self._at = world.now()
        self._started = time.monotonic()
        self._first: float | None = None
        self._said: list[str] = []

    @property
    def spoke(self) -> bool:
        """Whether a piece of the answer has been passed on."""
        return self._first is not None

    def heard(self, delta: Delta) -> None:
        """Take one more piece; its end ends the attempt."""
        if self._first is None and (delta.text or delta.tool_calls):
            self._first = time.monotonic()
        if delta.text:
            self._said.append(delta.text)
        if delta.finish_reason is not None:
            usage = delta.usage or Usage(estimated=True)
            self._end("ok", usage, finish_reason=delta.finish_reason, reply="".join(self._said))

    def answered(self, reply: ModelReply) -> None:
        """The whole answer came."""
        self._end("ok", reply.usage, finish_reason=reply.finish_reason, reply=reply.text)

    def failed(self, error: ProviderError) -> None:
        """The provider failed."""
        self._end("error", self._partial(), error=error.code, reply="".join(self._said))

    def left(self) -> None:
        """The client left before the end."""
        self._end("cancelled", self._partial(), error="client-left", reply="".join(self._said))

    def _partial(self) -> Usage:
        """What a broken answer cost at least: nothing if no piece came, else an estimate."""
        if not self.spoke:
            return Usage()
        said = tokens.count("".join(self._said))
        return Usage(input_tokens=tokens.count_request(self._request), output_tokens=said, estimated=True)

    def _end(
        self, outcome: Outcome, usage: Usage, *, reply: str, finish_reason: str | None = None, error: str | None = None
    ) -> None:
        ended = time.monotonic()
        price = price_at(self._leg.model, self._at)
        asker, first = self._asker, self._first
        row = Call(
            id=self._world.new_id(),
            at=self._at,
            source="served",
            model=self._leg.model.slug,
            provider=self._leg.model.provider,
            outcome=outcome,
            latency_ms=round((ended - self._started) * 1000),
            usage=usage,
            cost=None if price is None else cost(price, usage),
            cost_status="unpriced" if price is None else "priced",
            price_version=None if price is None else price.valid_from.isoformat(),
            ttft_ms=None if first is None else round((first - self._started) * 1000),
            run_id=asker.run_id,
            use_case_id=asker.use_case_id,
            flow_id=asker.flow_id,
            flow_version=asker.flow_version,
            step=asker.step,
            session_id=asker.session_id,
            unit=asker.unit,
            task=asker.task,
            key_id=asker.key_id,
            attempt=self._attempt,
            reason=self._leg.reason,
            finish_reason=finish_reason,
            error=error,
            tags=asker.tags,
        )
        self._attempts.made.append(Attempt(row, self._text(row.id, reply)))

    def _text(self, call_id: str, reply: str) -> CallText | None:
        policy = self._world.policy
        if not policy.keep_texts:
            return None
        prompt = "\n".join(f"{message.role}: {message.text}" for message in self._request.messages)
        return CallText(call_id, storable(prompt, policy.text_max_chars), storable(reply, policy.text_max_chars))


def storable(text: str, limit: int) -> str:
    """Capped, and without NUL, which PostgreSQL cannot keep."""
    return text[:limit].replace("\x00", "")

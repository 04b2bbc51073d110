"""An attempt is one call at one provider, on somebody's behalf; a stream's pieces are put together again here."""

from dataclasses import dataclass, field
from typing import TypedDict

from app.domain.budget import Charge
from app.domain.call import Call, CallText, Source
from app.domain.flow import Hook
from app.domain.message import Delta, Json, ModelReply, ToolCall
from app.domain.route import Route
from app.services.caller import Caller
from app.services.run_purse import RunPurse


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a streamed answer, as it leaves."""

    delta: Delta


class Labels(TypedDict):
    """The fields of a call row that say on whose behalf it was made."""

    key_id: str | None
    owner: str | None
    team: str | None
    user_id: str | None
    unit: str | None
    session_id: str | None
    run_id: str | None
    use_case_id: str | None
    flow_id: str | None
    flow_version: int | None
    experiment_id: str | None
    step: str | None
    task: str | None
    tags: Json


@dataclass(frozen=True, slots=True)
class Asker:
    """On whose behalf a call is made; copied onto each call row.

    `cache_ttl_s` is the step's lifetime of kept answers; `source` says what the call is for, `reason` why it is made
    where that is not the first attempt of its step. `purse`: what the run may spend; `hooks`: those of its step.
    """

    caller: Caller = field(default_factory=Caller)
    user_id: str | None = None
    unit: str | None = None
    session_id: str | None = None
    run_id: str | None = None
    use_case_id: str | None = None
    flow_id: str | None = None
    flow_version: int | None = None
    experiment_id: str | None = None
    step: str | None = None
    task: str | None = None
    tags: Json = field(default_factory=dict)
    cache_ttl_s: float | None = None
    source: Source = "served"
    reason: str | None = None
    purse: RunPurse | None = None
    hooks: tuple[Hook, ...] = ()

    def labels(self) -> Labels:
        """The fields of a call row."""
        return Labels(
            key_id=self.caller.key_id,
            owner=self.caller.owner,
            team=self.caller.team,
            user_id=self.user_id,
            unit=self.unit,
            session_id=self.session_id,
            run_id=self.run_id,
            use_case_id=self.use_case_id,
            flow_id=self.flow_id,
            flow_version=self.flow_version,
            experiment_id=self.experiment_id,
            step=self.step,
            task=self.task,
            tags=self.tags,
        )


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call with its text and what budgets are charged for it, as it goes to the journal."""

    call: Call
    text: CallText | None
    charges: tuple[Charge, ...] = ()


@dataclass(slots=True)
class Said:
    """A streamed answer put together again."""

    text: list[str] = field(default_factory=list)
    tool_calls: dict[int, ToolCall] = field(default_factory=dict)
    end: Delta | None = None

    def add(self, delta: Delta) -> None:
        """Take one more piece; a restart forgets those before it."""
        if delta.restart:
            self.text, self.tool_calls = [], {}
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
    """All attempts of one step in order, and the routes behind them; filled as they end, also when the last raises.

    `given` is the id of the call whose answer leaves, where that is not the last one.
    """

    made: list[Attempt] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    given: str | None = None

    @property
    def last(self) -> Call:
        """The call that ended the step: whose answer leaves."""
        return next((each.call for each in self.made if each.call.id == self.given), self.made[-1].call)

"""A turn: begun alone, asked with what its window holds, and stored before its answer leaves."""

from collections.abc import Callable, Generator
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from typing import TypeVar

from app.db import turns as turn_rows
from app.db.uow import Tx
from app.domain.call import storable
from app.domain.conversation import MOST_CHARACTERS, MOST_TURNS, Conversation, Turn, TurnState, size
from app.domain.errors import CallerLeft, Conflict, Invalid, ModelMatchError, NotFound, StoreUnavailable
from app.domain.flow import Choice, Params
from app.domain.force import Force
from app.domain.message import Json, Message, ModelRequest, Tool, response_format
from app.services import direct, generate, traffic
from app.services.asking import Asked
from app.services.attempts import Piece, Said
from app.services.caller import Caller
from app.services.conversing import contexts, conversations, windows
from app.services.conversing.contexts import Context
from app.services.conversing.holding import take
from app.services.direct import Answered, DirectAsked
from app.services.generate import Finished
from app.services.world import World

T = TypeVar("T")
Answer = Answered | Finished
Event = generate.Event | Answered
BROKEN = "error"  # by a defect of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnAsked:
    """What is said now, or the failed turn that is asked `again`.

    `choice` or `use_case` answer this turn instead of those of the conversation. `inputs` and `step` are for use cases.
    """

    conversation_id: str
    said: tuple[Message, ...] = ()
    again: str | None = None
    choice: Choice | None = None
    use_case: str | None = None
    inputs: Json = field(default_factory=dict)
    step: str | None = None
    force: Force | None = None
    params: Params = field(default_factory=Params)
    tools: tuple[Tool, ...] = ()
    tool_choice: str | None = None
    caller: Caller = field(default_factory=Caller)
    user_id: str | None = None
    tags: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Turned:
    """The turn as it is stored, its answer, and what of the conversation was shown."""

    turn: Turn
    answer: Answer
    context: Context
    use_case: str | None


class Turning:
    """One turn from its beginning to its end. `begin` it, then take `run` or `events`, once.

    `turned` is there from the last event on.
    """

    def __init__(self, world: World, asked: TurnAsked) -> None:
        self.turned: Turned | None = None
        self._world = world
        self._asked = asked

    def begin(self) -> None:
        """Wait for the turn before, store this one, and find what is shown with it.

        Raises Conflict: no texts are kept, the conversation is busy, too long, or full, or the turn needs no asking
        again. Raises NotFound, Invalid, UnknownModel, UnknownTask; StoreUnavailable, CallerLeft.
        """
        world, asked = self._world, self._asked
        conversations.check_kept(world)
        self._conversation = conversations.get(world, asked.conversation_id)
        self.use_case = self._target(self._conversation)
        self._hold = take(world, asked.conversation_id, self._begun)
        self.turn = self._hold.turn
        self._guarded(self._prepare)

    def run(self) -> Turned:
        """The whole answer, which is stored. Raises as `begin`, and what `direct.run` or `generate.run` raise."""
        return self._stored(self._guarded(self._answer))

    def events(self) -> Generator[Event]:
        """What `direct.events` or `generate.events` yield; the last event once the turn is stored. Raises as `run`.

        A stream that is cut leaves a partial turn, with what was said so far.
        """
        said, code = Said(), BROKEN
        try:
            with closing(self._listen()) as heard:
                for event in heard:
                    if isinstance(event, Piece):
                        said.add(event.delta)
                    if isinstance(event, Answered | Finished):
                        self._stored(event)
                    yield event
        except (GeneratorExit, CallerLeft):
            code = "client-left"
            raise
        except ModelMatchError as error:
            code = error.code
            raise
        finally:
            self._fail(code, "".join(said.text))

    def _target(self, conversation: Conversation) -> str | None:
        """The code of the use case that answers this turn; None where a choice does."""
        known = self._world.snapshots.current.use_cases_by_id.get(conversation.use_case_id or "")
        wanted = self._asked.use_case
        if wanted is not None:
            if known is not None and known.code != wanted:
                raise Invalid("this conversation belongs to another use case", field="conversation_id")
            return wanted
        return None if known is None or self._asked.choice is not None else known.code

    def _begun(self, tx: Tx, conversation: Conversation) -> Turn:
        """The new turn, in the unit of work that takes the conversation."""
        asked = self._asked
        said = asked.said
        if asked.again is not None:
            earlier = turn_rows.get(tx, conversation.id, asked.again)
            if earlier.state == "answered":
                raise Conflict("this turn has an answer", code="turn-answered", field="again")
            said = earlier.said
        if conversation.turns >= MOST_TURNS or conversation.characters + size(said) > MOST_CHARACTERS:
            raise Conflict(
                f"a conversation has at most {MOST_TURNS} turns and {MOST_CHARACTERS} characters",
                code="conversation-full",
            )
        last = next(turn_rows.answered(tx, conversation.id, above=conversation.folded), None)
        _check_answers(said, last)
        return Turn(
            id=self._world.new_id(),
            conversation_id=conversation.id,
            number=conversation.turns + 1,
            state="asked",
            said=said,
            started_at=self._world.now(),
            tokens=windows.taken(said),
            again=asked.again,
        )

    def _prepare(self) -> None:
        world, asked, conversation = self._world, self._asked, self._hold.begun
        choice = asked.choice or conversation.choice
        if self.use_case is not None:
            use_case = traffic.active_use_case(world, self.use_case)
            window = windows.of_use_case(world, conversation, use_case.id, asked.params.max_tokens)
        elif choice is not None:
            window = windows.of_choice(world, conversation, choice, asked.params.max_tokens)
        else:
            raise NotFound("use case", conversation.use_case_id or "", field="conversation_id")
        window -= windows.taken_by_tools(asked.tools)
        self._context = contexts.build(world, self._hold, window=window, choice=choice, caller=asked.caller)
        self._question = self._asked_of_use_case() if choice is None or self.use_case else self._asked_directly(choice)

    def _answer(self) -> Answer:
        if isinstance(self._question, DirectAsked):
            return direct.run(self._world, self._question)
        return generate.run(self._world, self.use_case or "", self._question)

    def _listen(self) -> Generator[Event]:
        if isinstance(self._question, DirectAsked):
            yield from direct.events(self._world, self._question)
        else:
            yield from generate.events(self._world, self.use_case or "", self._question, streamed=True)

    def _asked_of_use_case(self) -> Asked:
        asked = self._asked
        return Asked(
            correlation_id=asked.conversation_id,
            inputs=asked.inputs,
            messages=self._context.messages,
            user_id=asked.user_id or self._hold.begun.user_id,
            step=asked.step,
            params=asked.params,
            tools=asked.tools,
            tool_choice=asked.tool_choice,
            caller=asked.caller,
            tags=self._tags(),
            force=asked.force,
        )

    def _asked_directly(self, choice: Choice) -> DirectAsked:
        asked, params = self._asked, self._asked.params
        request = ModelRequest(
            model="",
            messages=self._context.messages,
            max_tokens=params.max_tokens,
            temperature=params.temperature,
            top_p=params.top_p,
            stop=params.stop,
            seed=params.seed,
            tools=asked.tools,
            tool_choice=asked.tool_choice,
            response_format=response_format(params.response_format),
            options=params.options,
        )
        user_id = asked.user_id or self._hold.begun.user_id
        return DirectAsked(choice, request, caller=asked.caller, user_id=user_id, tags=self._tags())

    def _tags(self) -> Json:
        return {**self._hold.begun.tags, **self._asked.tags}

    def _guarded(self, work: Callable[[], T]) -> T:
        """What the work gives; a turn whose work fails has failed."""
        done = False
        code = BROKEN
        try:
            found = work()
            done = True
            return found
        except ModelMatchError as error:
            code = error.code
            raise
        finally:
            if not done:
                self._fail(code)

    def _stored(self, answer: Answer) -> Turned:
        reply = answer.reply
        message = Message("assistant", storable(reply.text, len(reply.text)), reply.tool_calls)
        turn = replace(
            self._ended("answered", message),
            model=answer.model,
            call_id=answer.call_id,
            run_id=answer.run.id if isinstance(answer, Finished) else None,
            cost=_cost(answer, self._context),
        )
        self._hold.end(turn, characters=size(turn.messages))
        self.turned = Turned(turn, answer, self._context, self.use_case)
        return self.turned

    def _fail(self, code: str, heard: str = "") -> None:
        """A store that is away finds the turn interrupted later; what went wrong first is told."""
        if self.turned is not None:
            return
        reply = Message("assistant", storable(heard, len(heard))) if heard else None
        turn = replace(self._ended("partial" if heard else "failed", reply), error=code)
        with suppress(StoreUnavailable, Conflict, NotFound):
            self._hold.end(turn, characters=size(turn.messages))

    def _ended(self, state: TurnState, reply: Message | None) -> Turn:
        turn = replace(self.turn, state=state, reply=reply, ended_at=self._world.now())
        return replace(turn, tokens=windows.taken(turn.messages))


def _check_answers(said: tuple[Message, ...], last: Turn | None) -> None:
    """Raises Invalid for an answer of a tool that the turn before did not call."""
    called = set() if last is None or last.reply is None else {call.id for call in last.reply.tool_calls}
    for position, message in enumerate(each for each in said if each.role == "tool"):
        if message.tool_call_id not in called:
            raise Invalid("the turn before called no such tool", field=f"tool_answers[{position}].tool_call_id")


def _cost(answer: Answer, context: Context) -> int | None:
    """Nano-dollars of all calls, None as soon as one has no price."""
    costs = [call.cost for call in (*answer.calls, *context.calls)]
    return None if None in costs else sum(cost for cost in costs if cost is not None)

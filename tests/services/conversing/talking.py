"""A model that repeats what it was shown, so that a test sees the context of each turn."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from app.domain.conversation import Conversation, Turn
from app.domain.flow import Choice
from app.domain.message import Delta, Message, ModelRequest, Usage
from app.services.conversing import conversations
from app.services.conversing.conversations import Wanted
from app.services.conversing.turning import TurnAsked, Turned, Turning
from app.services.world import World
from tests.services.made import SMALL
from tests.worlds import with_script

Heard = list[ModelRequest]
END = Delta(finish_reason="stop", usage=Usage(input_tokens=1, output_tokens=1))


def echoing(world: World, heard: Heard, *, reply: Callable[[ModelRequest], str] | None = None) -> World:
    """The same world, whose models note what they hear and reply `re: ` and the last words."""

    def speak(request: ModelRequest) -> Iterator[Delta]:
        heard.append(request)
        yield Delta(text=f"re: {request.messages[-1].text}" if reply is None else reply(request))
        yield END

    return with_script(world, speak)


def begun(world: World, **wanted: object) -> Conversation:
    """A conversation with the small model, unless a use case is wanted."""
    given = {} if "use_case" in wanted else {"choice": Choice((SMALL,))}
    return conversations.create(world, Wanted(**{**given, **wanted}), key_id="k1")  # type: ignore[arg-type]  # fields by name


def say(world: World, conversation: Conversation, text: str = "hello", **given: object) -> Turned:
    """A turn in which a user says something."""
    turning = Turning(world, asking(conversation, text, **given))
    turning.begin()
    return turning.run()


def asking(conversation: Conversation, text: str = "hello", **given: object) -> TurnAsked:
    """What a user says, unless another thing is given."""
    said = () if "again" in given else (Message("user", text),)
    return TurnAsked(conversation_id=conversation.id, **{"said": said, **given})  # type: ignore[arg-type]  # fields by name


def stored(world: World, conversation: Conversation) -> list[Turn]:
    """All turns, oldest first."""
    return conversations.turns(world, conversation.id, order="number", cursor=None, limit=200)[0]


def texts(request: ModelRequest) -> list[str]:
    """What each message says."""
    return [message.text for message in request.messages]


def patient(world: World, seconds: float) -> World:
    """The same world, in which a run may take so long."""
    return replace(world, policy=replace(world.policy, run_timeout_s=seconds))

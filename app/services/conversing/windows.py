"""How many tokens of a conversation a turn may show: its own window, and no more than any of its models can read."""

from collections.abc import Iterator, Sequence
from typing import Final

from app.db.snapshot import Snapshot
from app.domain.conversation import Conversation
from app.domain.flow import Choice, Step
from app.domain.message import Message, Tool
from app.domain.model import Model
from app.providers import tokens
from app.services.routes import route
from app.services.world import World

OF_AUTO: Final = 16_000  # what most models read, where the router has not picked one yet


def of_choice(world: World, conversation: Conversation, choice: Choice, max_tokens: int | None) -> int:
    """Tokens of prompt for the models of a choice. Raises UnknownModel, UnknownTask."""
    legs = () if choice.auto is not None else route(world, choice, user_id=conversation.user_id)
    return _least(conversation, [_room(world, leg.model, max_tokens) for leg in legs] or [OF_AUTO])


def of_use_case(world: World, conversation: Conversation, use_case_id: str, max_tokens: int | None) -> int:
    """Tokens of prompt for all models of all active flows, less what their steps say themselves."""
    steps = list(_steps(world.snapshots.current, use_case_id))
    said = max((tokens.count(step.system) + tokens.count(step.prompt) for step in steps), default=0)
    rooms = [
        _room(world, model, step.params.max_tokens or max_tokens)
        for step in steps
        for slug in step.choice.models
        if (model := world.catalogue.models.get(world.catalogue.aliases.get(slug, slug))) is not None
    ]
    return max(0, _least(conversation, rooms or [OF_AUTO]) - said)


def taken(messages: Sequence[Message]) -> int:
    """Tokens that messages take among others."""
    return tokens.count_messages(messages) - tokens.PER_REPLY


def taken_by_tools(tools: Sequence[Tool]) -> int:
    """Tokens that the description of tools takes."""
    return sum(map(tokens.count_tool, tools))


def _steps(snapshot: Snapshot, use_case_id: str) -> Iterator[Step]:
    for flow in snapshot.flows.get(use_case_id, ()):
        if flow.active:
            yield from flow.steps


def _least(conversation: Conversation, rooms: Sequence[int]) -> int:
    own = conversation.window_tokens
    return min(rooms) if own is None else min(own, *rooms)


def _room(world: World, model: Model, max_tokens: int | None) -> int:
    limit = max_tokens or min(world.policy.default_max_tokens, model.max_output_tokens)
    return max(0, model.context_window - limit)

"""What of a conversation is shown with a turn: the newest turns that fit, and what the older ones came to."""

from dataclasses import dataclass
from typing import Final, Literal

from app.db import turns as turn_rows
from app.domain.call import Call
from app.domain.conversation import Turn, newest, opening, told
from app.domain.errors import Conflict, Invalid
from app.domain.flow import Choice
from app.domain.message import Message
from app.providers import tokens
from app.services.caller import Caller
from app.services.conversing import summaries
from app.services.conversing.holding import Hold
from app.services.world import World

Note = Literal["turns-dropped", "turns-summarised", "summary-failed"]
# After a summary the turns that are left take this part of the window, so that not each turn makes one.
SHARE: Final = 2


@dataclass(frozen=True, slots=True)
class Context:
    """`messages` take `tokens` of the `window`. `shown` turns stand in them, of those before `summarised` are told.

    `left_out`: how many answered turns are neither shown nor told. `calls` made a summary.
    """

    messages: tuple[Message, ...]
    tokens: int
    window: int
    shown: int
    summarised: int
    left_out: bool
    notes: tuple[Note, ...] = ()
    calls: tuple[Call, ...] = ()


def build(world: World, hold: Hold, *, window: int, choice: Choice | None, caller: Caller) -> Context:
    """The context of a turn that has begun, for a `window` without what its tools take. `choice` answers it.

    Raises Invalid when the turn alone does not fit, Conflict `conversation-too-long` when nothing may be left out;
    what `summaries.fold` raises.
    """
    conversation = hold.begun
    made = _Made(conversation.summary, conversation.folded)
    shown, older = _split(world, hold, _begin(hold, window, made.summary)[1], made.folded)
    if older and conversation.when_long == "refuse":
        raise Conflict(f"what was said takes more than the window of {window} tokens", code="conversation-too-long")
    if older and conversation.when_long == "summarise" and not hold.turn.answers_tools:
        summing = conversation.summing.choice if conversation.summing is not None else conversation.choice or choice
        if summing is not None:
            made = _summarise(world, hold, window, summing, caller)
            shown, older = _split(world, hold, _begin(hold, window, made.summary)[1], made.folded)
    if hold.turn.answers_tools and not shown:
        raise Invalid("the turn that called these tools does not fit into the window beside them", field="content")
    head, room = _begin(hold, window, made.summary)
    return Context(
        messages=(*head, *told(shown, hold.turn.said)),
        tokens=window - room + sum(turn.tokens for turn in shown),
        window=window,
        shown=len(shown),
        summarised=made.folded,
        left_out=older,
        notes=(*made.notes, *(("turns-dropped",) if older else ())),
        calls=made.calls,
    )


@dataclass(frozen=True, slots=True)
class _Made:
    """The summary that goes with a turn, and what making it took."""

    summary: str | None
    folded: int
    notes: tuple[Note, ...] = ()
    calls: tuple[Call, ...] = ()


def _summarise(world: World, hold: Hold, window: int, summing: Choice, caller: Caller) -> _Made:
    """What the newest turns leave no room for goes into the summary, and somewhat more, for the turns to come."""
    folded = hold.begun.folded
    kept, _ = _split(world, hold, _begin(hold, window, None)[1] // SHARE, folded)
    upto = kept[0].number - 1 if kept else hold.turn.number - 1
    with world.store.read() as tx:
        older = list(turn_rows.answered(tx, hold.begun.id, above=folded, upto=upto, back=False))
    done = summaries.fold(world, hold, older, choice=summing, window=window, caller=caller)
    notes: tuple[Note, ...] = ("summary-failed",) if done.failed is not None else ()
    return _Made(
        done.summary, done.upto, (*notes, *(("turns-summarised",) if done.upto > folded else ())), tuple(done.calls)
    )


def _begin(hold: Hold, window: int, summary: str | None) -> tuple[tuple[Message, ...], int]:
    """What stands before all turns, without the summary if only so this turn fits; and the room for earlier turns.

    Raises Invalid when this turn does not fit even so.
    """
    for told_of in dict.fromkeys((summary, None)):
        head = opening(hold.begun.system, told_of)
        needed = tokens.count_messages((*head, *hold.turn.said))
        if needed <= window:
            return head, window - needed
    raise Invalid(f"this turn alone takes {needed} tokens, and the window holds {window}", field="content")


def _split(world: World, hold: Hold, room: int, folded: int) -> tuple[tuple[Turn, ...], bool]:
    """The newest answered turns that fit, oldest first, and whether others are left out."""
    before = hold.turn.number - 1
    with world.store.read() as tx:
        shown = newest(turn_rows.answered(tx, hold.begun.id, above=folded, upto=before), room)
        oldest = shown[0].number - 1 if shown else before
        older = next(turn_rows.answered(tx, hold.begun.id, above=folded, upto=oldest), None)
    return shown, older is not None

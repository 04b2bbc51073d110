"""What came of a route: the answer that leaves, who gave it, and every answer on the way."""

from dataclasses import dataclass

from app.domain.message import ModelReply
from app.domain.route import Tried


@dataclass(frozen=True, slots=True)
class Answered:
    """`model` and `call_id` are those of the answer that leaves; `tried` has every answer, in the order of asking.

    `why` says in a sentence how it came about, where that is not plain.
    """

    reply: ModelReply
    tried: tuple[Tried, ...]
    model: str
    call_id: str
    why: str = ""

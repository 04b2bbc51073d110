"""An input is asked of a candidate as a request is asked of a use case: values for the prompts, a chat's one turn."""

from collections.abc import Sequence

from app.domain.cached import CacheWish
from app.domain.comparison.comparison import Input
from app.domain.flow import Step
from app.domain.message import Message
from app.services.asking import Asked
from app.services.caller import Caller
from app.services.departure import Departure

COLD = CacheWish(read=False, write=False)


def asked_of(given: Input, steps: Sequence[Step]) -> Asked:
    """What is asked. A step without a prompt of its own is a chat's: it hears the value `prompt` as the user's turn."""
    said = given.values.get("prompt")
    chat = isinstance(said, str) and any(not step.prompt for step in steps)
    return Asked(
        correlation_id=f"input {given.number}",
        inputs=given.values,
        messages=(Message("user", str(said)),) if chat else (),
    )


def nobody(departure: Departure) -> Caller:
    """No key and no team pays for it, and kept answers are neither used nor made: everyone begins cold."""
    return Caller(cache=COLD, departure=departure)

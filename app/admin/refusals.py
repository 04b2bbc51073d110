"""What a form is refused for is told at its fields, and nothing typed is lost."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from app.domain.errors import Conflict, Invalid, NotFound

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Refused:
    """What was asked of something and not done; what was typed or chosen stays, and `told` stands beside it."""

    act: str
    told: str
    typed: str = ""
    flow: str = ""


def made(act: Callable[[], T], fault: Callable[[str, str], None]) -> T | None:
    """What `act` makes; None when it is refused, and `fault` was told each field (empty: the whole form) and why."""
    try:
        return act()
    except ValidationError as error:
        for one in error.errors():
            fault(".".join(map(str, one["loc"])), one["msg"])
    except (Invalid, Conflict, NotFound) as error:
        fault(error.field or "", error.message)
    return None


def sentence(message: str) -> str:
    """A message as a sentence."""
    return f"{message[:1].upper()}{message[1:].removesuffix('.')}."

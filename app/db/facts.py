"""A fact is something that happened and must not be lost; it is written once, however often it is handed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from app.domain.call import Call, CallText, Run
from app.domain.feedback import Feedback
from app.domain.message import Usage
from app.domain.session import Session


@dataclass(frozen=True, slots=True)
class Pin:
    """A session is given its flow, which freezes that version. The result is the session that is stored."""

    session: Session


@dataclass(frozen=True, slots=True)
class RunDone:
    """A run has ended."""

    run: Run


@dataclass(frozen=True, slots=True)
class CallDone:
    """A call has ended; `text` only when texts are kept."""

    call: Call
    text: CallText | None = None


@dataclass(frozen=True, slots=True)
class FeedbackGiven:
    """An opinion was given; a later one (by id) on the same target, of the same kind and rater, replaces it."""

    feedback: Feedback


Fact = Pin | RunDone | CallDone | FeedbackGiven
Result = Session | bool  # the session stored for a Pin; else whether the fact was new

MOMENTS: Final = frozenset({"assigned_at", "expires_at", "started_at", "ended_at", "at"})


def encode(submissions: Sequence[Sequence[Fact]]) -> bytes:
    """The facts of each submission as JSON."""
    return orjson.dumps(
        [[[type(fact).__name__, fact] for fact in facts] for facts in submissions], default=_mapping_as_dict
    )


def decode(payload: bytes) -> list[list[Fact]]:
    """What `encode` was given."""
    return [[_fact(name, stored) for name, stored in facts] for facts in orjson.loads(payload)]


def assumed(facts: Sequence[Fact]) -> list[Result]:
    """The results as far as they can be told without the database: each fact counts as new."""
    return [fact.session if isinstance(fact, Pin) else True for fact in facts]


def _fact(name: str, stored: Mapping[str, Any]) -> Fact:
    match name:
        case "Pin":
            return Pin(Session(**_moments(stored["session"])))
        case "RunDone":
            return RunDone(Run(**_moments(stored["run"])))
        case "FeedbackGiven":
            return FeedbackGiven(Feedback(**_moments(stored["feedback"])))
        case _:
            call = _moments(stored["call"])
            text = stored["text"]
            return CallDone(
                Call(**{**call, "usage": Usage(**call["usage"])}), None if text is None else CallText(**text)
            )


def _moments(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {name: datetime.fromisoformat(value) if name in MOMENTS else value for name, value in stored.items()}


def _mapping_as_dict(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")

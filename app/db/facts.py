"""A fact is something that happened and must not be lost; it is written once, however often it is handed in."""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from app.domain.ab.counting import Counting
from app.domain.ab.metric import Metric
from app.domain.budget import Charge
from app.domain.call import Call, CallText, Run
from app.domain.feedback import Feedback
from app.domain.message import Usage
from app.domain.route import Rated, Removed, Route, Tried
from app.domain.run_step import RunStep
from app.domain.session import Session


@dataclass(frozen=True, slots=True)
class Pin:
    """A session is given its flow, which freezes that version. The result is the session that is stored.

    `counting`: its part in an A/B test.
    """

    session: Session
    counting: Counting | None = None


@dataclass(frozen=True, slots=True)
class RunBegun:
    """A run of several steps goes on from here, until it is done."""

    run: Run


@dataclass(frozen=True, slots=True)
class StepBegun:
    """A step of such a run is at work."""

    step: RunStep


@dataclass(frozen=True, slots=True)
class StepEnded:
    """A step of such a run is settled."""

    step: RunStep


@dataclass(frozen=True, slots=True)
class RunDone:
    """A run has ended; `begun`: that it began was told before."""

    run: Run
    begun: bool = False


@dataclass(frozen=True, slots=True)
class CallDone:
    """A call has ended; `text` only when texts are kept. Its `charges` are booked with it, and as often: once."""

    call: Call
    text: CallText | None = None
    charges: tuple[Charge, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedbackGiven:
    """An opinion was given; a later one (by id) on the same target, of the same kind and rater, replaces it."""

    feedback: Feedback
    counting: Counting | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """What one run, or one call reported from outside (`of` is its id), says of its flow; counted if that was new.

    `epoch_id` None: it counts for nothing but, if `shadow`, for the flow's evidence in the shadow. `cost` and
    `cost_limit` in nano-dollars, the limit per session; `summed`: the session keeps the sums of its runs.
    """

    of: str
    epoch_id: str | None
    flow_id: str
    flow_version: int
    session_id: str
    failed: bool
    slow: bool
    latency_ms: int
    cost: int | None
    cost_limit: int | None = None
    summed: bool = False
    shadow: bool = False
    counting: Counting | None = None


@dataclass(frozen=True, slots=True)
class RouteDone:
    """The router chose, and this is what it came to."""

    route: Route


@dataclass(frozen=True, slots=True)
class Scored:
    """An answer was scored by the rules of a rubric: points 0…100 in all and by dimension."""

    call_id: str
    rubric: str
    at: datetime
    model: str
    total: float
    dimensions: Mapping[str, float]
    use_case_id: str | None = None
    session_id: str | None = None
    run_id: str | None = None


Fact = Pin | RunBegun | StepBegun | StepEnded | RunDone | CallDone | FeedbackGiven | Served | RouteDone | Scored
Result = Session | bool  # the session stored for a Pin; else whether the fact was new

MOMENTS: Final = frozenset({"assigned_at", "expires_at", "started_at", "ended_at", "at", "starts_at"})


def encode(submissions: Sequence[Sequence[Fact]]) -> bytes:
    """The facts of each submission as JSON."""
    return orjson.dumps([[[type(fact).__name__, fact] for fact in facts] for facts in submissions], default=_plain)


def decode(payload: bytes) -> list[list[Fact]]:
    """What `encode` was given."""
    return [[_fact(name, stored) for name, stored in facts] for facts in orjson.loads(payload)]


def assumed(facts: Sequence[Fact]) -> list[Result]:
    """The results as far as they can be told without the database: each fact counts as new."""
    return [fact.session if isinstance(fact, Pin) else True for fact in facts]


def _fact(name: str, stored: Mapping[str, Any]) -> Fact:
    match name:
        case "Pin":
            return Pin(Session(**_moments(stored["session"])), _counting(stored))
        case "RunDone":
            return RunDone(Run(**_moments(stored["run"])), stored.get("begun", False))
        case "RunBegun":
            return RunBegun(Run(**_moments(stored["run"])))
        case "StepBegun":
            return StepBegun(RunStep(**_moments(stored["step"])))
        case "StepEnded":
            return StepEnded(RunStep(**_moments(stored["step"])))
        case "Served":
            return Served(**{**stored, "counting": _counting(stored)})
        case "FeedbackGiven":
            return FeedbackGiven(_opinion(_moments(stored["feedback"])), _counting(stored))
        case "RouteDone":
            return RouteDone(_route(_moments(stored["route"])))
        case "Scored":
            return Scored(**_moments(stored))
        case _:
            call = _moments(stored["call"])
            text = stored["text"]
            return CallDone(
                Call(**{**call, "usage": Usage(**call["usage"])}),
                None if text is None else CallText(**text),
                tuple(Charge(**_moments(charge)) for charge in stored.get("charges", ())),
            )


def _opinion(stored: Mapping[str, Any]) -> Feedback:
    """One that was spooled before opinions said what counts of them counted whole, in an epoch."""
    if "counted" not in stored and stored["epoch_id"] is not None:
        return Feedback(**stored, counted=stored["reward"])
    return Feedback(**stored)


def _route(stored: Mapping[str, Any]) -> Route:
    several = {"rated": Rated, "removed": Removed, "tried": Tried}
    told = {name: tuple(kind(**each) for each in stored[name]) for name, kind in several.items()}
    return Route(**{**stored, **told, "encoding": b64decode(stored["encoding"])})


def _counting(stored: Mapping[str, Any]) -> Counting | None:
    """The part in an A/B test, of which facts that were spooled before there were any say nothing."""
    told = stored.get("counting")
    if told is None:
        return None
    return Counting(**{**_moments(told), "metrics": tuple(Metric(**metric) for metric in told["metrics"])})


def _moments(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value) if name in MOMENTS and value is not None else value
        for name, value in stored.items()
    }


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} is not JSON")

"""What comes in is refused unless it has exactly the shape asked for; money goes out as text and time as UTC."""

from datetime import datetime
from typing import Annotated, Generic, TypeVar, cast
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from app.domain.call import Call
from app.domain.message import Usage
from app.domain.money import to_usd

T = TypeVar("T")

SHORT = 255
TEXT = 1_000_000


def _single_line(value: str) -> str:
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in value):
        raise ValueError("control characters are not allowed")
    return value


def _written(value: object) -> object:
    """A number would be taken for seconds since 1970."""
    if not isinstance(value, str | datetime) or str(value).lstrip("+-").replace(".", "", 1).isdecimal():
        raise ValueError("a moment such as 2026-11-02T12:00:00Z is expected")
    return value


Moment = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_written)]
Line = Annotated[str, StringConstraints(max_length=SHORT), AfterValidator(_single_line)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=SHORT), AfterValidator(_single_line)]
Text = Annotated[str, StringConstraints(max_length=TEXT)]
Tokens = Annotated[int, Field(ge=0, le=1_000_000_000)]
Milliseconds = Annotated[int, Field(ge=0, le=86_400_000)]
Weight = Annotated[int, Field(ge=0, le=10_000, description="share in 1/10 000")]
JsonObject = Annotated[dict[str, object], Field(max_length=256)]
Tags = Annotated[JsonObject, Field(description="facts of the caller's own, kept with each call")]
Unit = Annotated[
    str, Field(description="who or what is randomised: the user id where one is given, else the correlation id")
]
EditDistance = Annotated[
    float, Field(description="share of the text that was changed, 0 (nothing) to 1 (all); with kind approved")
]


class Payload(BaseModel):
    """A JSON body: unknown fields, wrong types and numbers that are none are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Wishes(Payload):
    """A JSON body in which nothing is needed, and which may be absent altogether."""

    model_config = cast(ConfigDict, {"openapi_extra": {"required": False}})  # the library reads it


class Words(BaseModel):
    """Parameters of path or query, which arrive as text."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Out(BaseModel):
    """A JSON answer."""

    model_config = ConfigDict(frozen=True)


class ById(Words):
    """A path that ends in an id."""

    id: UUID


class ByCode(Words):
    """A path that names a use case."""

    code: Name


class Paging(Words):
    """Which part of a list."""

    cursor: Annotated[str, StringConstraints(max_length=2_000), AfterValidator(_single_line)] | None = None
    limit: int = Field(50, ge=1, le=200)


class Search(Paging):
    """Which part of a list that can be searched and ordered; `order` descends with a leading `-`."""

    search: Line | None = None
    order: Line = "code"


class Page(Out, Generic[T]):
    """One part of a list; `next` is the cursor of what follows, null at the end."""

    items: list[T]
    next: str | None


class UsageOut(Out):
    """Tokens on disjoint lines."""

    input_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    output_tokens: int
    reasoning_tokens: int
    total_tokens: int
    estimated: bool

    @classmethod
    def of(cls, usage: Usage) -> "UsageOut":
        """The usage with its sum."""
        return cls(
            input_tokens=usage.input_tokens,
            cache_read_tokens=usage.cache_read_tokens,
            cache_write_tokens=usage.cache_write_tokens,
            output_tokens=usage.output_tokens,
            reasoning_tokens=usage.reasoning_tokens,
            total_tokens=usage.total_tokens,
            estimated=usage.estimated,
        )


def usd(nanos: int | None) -> str | None:
    """Money as decimal text; None stays None, for an unknown price is not 0."""
    return None if nanos is None else to_usd(nanos)


def sum_cost(calls: tuple[Call, ...]) -> int | None:
    """Nano-dollars of all calls; None as soon as one has no price."""
    costs = [call.cost for call in calls]
    return None if None in costs else sum(cost for cost in costs if cost is not None)


def cost_status(nanos: int | None) -> str:
    """`priced`, or `unpriced` when the amount is unknown."""
    return "unpriced" if nanos is None else "priced"

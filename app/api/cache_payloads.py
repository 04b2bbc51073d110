"""What a request says of kept answers, in the body or in a header, and how the cache is told."""

from typing import Annotated, Final, Literal, get_args

from flask import request
from pydantic import Discriminator, Field, Tag

from app.api.payloads import Name, Out, Payload, Words
from app.domain.cached import MODES, CacheMode, CacheWish
from app.domain.errors import Invalid

HEADER: Final = "X-MM-Cache"
YEAR_S: Final = 31_536_000

CacheTtl = Annotated[float, Field(gt=0, le=YEAR_S, description="seconds for which an answer is kept for repeats")]


class CacheIn(Payload):
    """Whether a kept answer is used (`read`), a fresh one is kept (`write`: a refresh), both (`on`) or neither."""

    mode: CacheMode
    ttl_s: CacheTtl | None = None


CacheWanted = Annotated[
    Annotated[CacheMode, Tag("mode")] | Annotated[CacheIn, Tag("whole")],
    Discriminator(lambda given: "mode" if isinstance(given, str) else "whole"),  # so that a fault names one path
    Field(description="whether kept answers are used and kept; without it the step decides, and X-MM-Cache before it"),
]


def cache_wish(given: CacheMode | CacheIn | None) -> CacheWish | None:
    """What body or header says; the body wins. Raises Invalid naming the header that says something else."""
    if isinstance(given, CacheIn):
        return CacheWish.of(given.mode, given.ttl_s)
    if given is not None:
        return CacheWish.of(given)
    sent = request.headers.get(HEADER)
    if not sent:
        return None
    for mode in get_args(CacheMode):
        if sent == mode:
            return CacheWish.of(mode)
    raise Invalid(f"one of {', '.join(MODES)} is expected", field=HEADER)


class SharedOut(Out):
    """The store that processes share; `reachable` is false while it is left alone after a fault."""

    kind: Literal["sqlite", "postgresql", "redis"]
    reachable: bool
    entries: int | None = Field(description="answers kept there; null when it cannot say")


class CacheOut(Out):
    """What the answering process has seen since its start, and the store behind it."""

    on: bool
    hits: int
    misses: int
    hit_rate: float | None
    kept: int = Field(description="answers taken in")
    evicted: int = Field(description="answers dropped from memory for want of room")
    too_large: int = Field(description="answers that were too large to keep")
    joined: int = Field(description="requests answered by an identical one that was under way")
    unwritten: int = Field(description="answers that did not reach the shared store")
    entries: int = Field(description="answers in memory now")
    bytes: int = Field(description="about how much memory they take")
    shared: SharedOut | None = Field(description="null where texts are not kept or the cache is off")


class ForgetQuery(Words):
    """Which answers are forgotten; without a word all of them."""

    model: Name | None = None
    older_than_s: Annotated[float, Field(ge=0, le=YEAR_S)] | None = None


class ForgottenOut(Out):
    """How many answers the shared store, or this process where there is none, has forgotten."""

    forgotten: int

"""What a tester may name beside a question: the flow, and which version of it, that shall answer."""

import re
from typing import Annotated, Final

from pydantic import Field

from app.api import guard
from app.api.payloads import Name
from app.domain.errors import Forbidden
from app.domain.force import Force, forced

NUMBER: Final = re.compile(r"[0-9]{1,9}")

ForcedFlow = Annotated[Name, Field(description="the flow that a tester wants; the session counts for no statistics")]
ForcedVersion = Annotated[int, Field(ge=1, le=2**31 - 1, description="its version by number")]
ForcedLabel = Annotated[Name, Field(description="its version by label; `live` unless said otherwise")]
Forced = Annotated[bool, Field(description="whether a tester named the flow; then it counts for no statistics")]


def force_of(flow: str | None, version: int | None, label: str | None) -> Force | None:
    """What the request forces, None for nothing. Raises Invalid, and Forbidden unless the key may write flows."""
    force = forced(flow, version, label)
    if force is not None and not guard.key().allows("write"):
        raise Forbidden("a key with scope write is needed to name the flow that answers")
    return force


def use_case_of(name: str) -> tuple[str, Force | None]:
    """The use case that a name names, and what it forces behind an `@`: a flow, and after `:` which version of it.

    Raises as `force_of`.
    """
    code, at, wanted = name.partition("@")
    if not at:
        return code, None
    flow, _, version = wanted.partition(":")
    number = int(version) if NUMBER.fullmatch(version) else None
    return code, force_of(flow, number, version or None if number is None else None)

"""What a request needs of any model that shall answer it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Needs:
    """`capabilities` that the request uses, tokens of its prompt, and how many the answer may take (None: as many as
    the model likes)."""

    capabilities: frozenset[str] = frozenset()
    prompt_tokens: int = 0
    max_tokens: int | None = None

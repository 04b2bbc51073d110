"""How code of other languages is parsed is handed in: the domain itself knows Python and JSON alone."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a parser said; `line`, from 1, is the first that does not parse, None when all does."""

    line: int | None = None


# Of a language's name and source; None where there is no parser for the language.
Parse = Callable[[str, str], Parsed | None]

"""Patterns and JSON Schemas of unknown authors are checked by libraries whose time grows with the text alone."""

from functools import lru_cache
from typing import Any, Final

import re2

from app.domain.comparison.scoring import Checks
from app.domain.errors import Invalid
from app.services import output_schema

MOST_PATTERN: Final = 1_000
MOST_TEXT: Final = 1_000_000
KEPT: Final = 100  # patterns, compiled


def finds(pattern: str, text: str) -> bool:
    """Whether any part of the first MOST_TEXT characters matches (RE2's syntax: no looking around, no references).

    Raises Invalid for what is no such pattern.
    """
    return _pattern(pattern).search(text[:MOST_TEXT]) is not None


def allows(schema: object, value: object) -> bool:
    """Whether the schema (JSON Schema 2020-12 unless it names another) allows the value. Nothing is fetched for it.

    Raises Invalid for what is no schema, or refers to something outside of itself.
    """
    return output_schema.validator(schema).is_valid(value)


CHECKS: Final = Checks(allows=allows, finds=finds)


@lru_cache(maxsize=KEPT)
def _pattern(pattern: str) -> Any:  # the library has no types
    if len(pattern) > MOST_PATTERN:
        raise Invalid(f"a pattern has at most {MOST_PATTERN} characters", field="")
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options=options)
    except re2.error as error:
        told = error.args[0] if error.args else b""
        raise Invalid(f"no pattern: {told.decode() if isinstance(told, bytes) else told}", field="") from None

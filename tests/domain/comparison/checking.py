"""Checks for tests of rules: Python's own patterns, and as much of JSON Schema as these tests need."""

import re

from app.domain.comparison.scoring import Checks
from app.domain.errors import Invalid


def allows(schema: object, value: object) -> bool:
    """An object with the required keys."""
    return isinstance(schema, dict) and isinstance(value, dict) and set(schema.get("required", [])) <= set(value)


def finds(pattern: str, text: str) -> bool:
    """As Python searches. Raises Invalid for what is no pattern."""
    try:
        return re.search(pattern, text) is not None
    except re.error as error:
        raise Invalid("does not compile", field="") from error


CHECKS = Checks(allows=allows, finds=finds)

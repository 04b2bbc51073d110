"""A text that was meant to be JSON is read as what it was meant to be."""

from typing import Final

import json_repair
import orjson

LONGEST: Final = 200_000  # characters; of a longer text nobody can tell in time


def mended(text: str) -> tuple[str, object] | None:
    """The JSON that the text was meant to be, as text and value; None where nobody can tell."""
    if len(text) > LONGEST:
        return None
    try:
        value = json_repair.loads(text, skip_json_loads=True)
        told = orjson.dumps(value).decode()
    except (ValueError, TypeError, RecursionError):
        return None
    return None if value == "" else (told, value)

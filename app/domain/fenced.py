"""Texts that a model is shown as material stand between marks that nobody could know when they were written."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

LONGEST: Final = 20_000  # characters of each text that are shown


def mark_of(*said: str) -> str:
    """Sixteen hexadecimal digits of what was said; with an id among it that is drawn afterwards, no text holds them."""
    return sha256("\x1f".join(said).encode()).hexdigest()[:16]


def fenced(parts: Sequence[tuple[str, str]], mark: str) -> str:
    """Each text under its name, between its marks, the first 20 000 characters of it."""
    return "\n\n".join(f"<<{name} {mark}>>\n{said[:LONGEST]}\n<<END {mark}>>" for name, said in parts)

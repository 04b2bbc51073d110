"""A prompt as the estimators read it: a bounded part of it, its words, and how long it is altogether."""

from dataclasses import dataclass
from typing import Final

from app.domain.routing.words import split

HEAD_CHARACTERS: Final = 6_000
TAIL_CHARACTERS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Reading:
    """`text` is what is read of the prompt, `words` its words in lower case, `length` the whole prompt's characters."""

    text: str
    words: tuple[str, ...]
    length: int

    @property
    def scale(self) -> float:
        """How much longer the prompt is than what is read of it, ≥ 1: counts are stretched by it."""
        return max(1.0, self.length / max(1, len(self.text)))


def read(prompt: str) -> Reading:
    """The beginning and the end of the prompt, since a question stands before or after what it is about.

    At most HEAD_CHARACTERS + TAIL_CHARACTERS are looked at, so that the work does not grow with the prompt. Halves of
    surrogate pairs, which no encoding takes, are replaced.
    """
    text = prompt
    if len(prompt) > HEAD_CHARACTERS + TAIL_CHARACTERS:
        text = f"{prompt[:HEAD_CHARACTERS]}\n{prompt[-TAIL_CHARACTERS:]}"
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    return Reading(text, split(text), len(prompt))

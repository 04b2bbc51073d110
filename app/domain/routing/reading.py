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
    """What is read of the prompt; the work does not grow with its length."""
    text = excerpt(prompt)
    return Reading(text, split(text), len(prompt))


def excerpt(prompt: str) -> str:
    """The beginning and the end of the prompt, since a question stands before or after what it is about.

    At most HEAD_CHARACTERS + TAIL_CHARACTERS and a line break between. Halves of surrogate pairs, which no encoding
    takes, are replaced.
    """
    text = prompt
    if len(prompt) > HEAD_CHARACTERS + TAIL_CHARACTERS:
        text = f"{prompt[:HEAD_CHARACTERS]}\n{prompt[-TAIL_CHARACTERS:]}"
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")

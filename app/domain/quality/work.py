"""What is judged: an answer with all that is known about what was asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from app.domain.quality.parsing import Parse
from app.domain.quality.reading import Reading, Sentence, read

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Context:
    """What is known beside the prompt.

    `facts`: of the matter, by name: the recipient and company of an email, `fields` to extract (separated by commas),
    the `source` that is summarised. `reference` is a right answer; numbers may differ from it by `tolerance` times its
    size. `judge`: what a judging model gave the answer, 0…100. `parse`: reads code of other languages than Python and
    JSON; without it they are checked by their delimiters.
    """

    facts: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    reference: str | None = None
    tolerance: float = 0.0
    judge: float | None = None
    parse: Parse | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """An answer as it was given and as it was read, and the reading of its prompt if that is known.

    `said` are its sentences of prose, each once, less those that the prompt holds word by word.
    """

    text: str
    answer: Reading
    said: tuple[Sentence, ...]
    prompt: Reading | None
    context: Context

    def is_own(self, sentence: Sentence) -> bool:
        """Whether the prompt does not hold the sentence word by word."""
        return self.prompt is None or f" {' '.join(sentence.words)} " not in f" {' '.join(self.prompt.words)} "

    def source(self) -> Reading | None:
        """The text that the answer is about: the fact `source`, else the prompt."""
        given = self.context.facts.get("source")
        return read(given) if given and given.strip() else self.prompt


def work_of(text: str, prompt: str | None, context: Context) -> Work:
    """The answer, ready to be measured."""
    answer, asked = read(text), read(prompt) if prompt and prompt.strip() else None
    spoken = f" {' '.join(asked.words)} " if asked else ""
    said = tuple(one for one in answer.prose if f" {' '.join(one.words)} " not in spoken)
    return Work(text, answer, said, asked, context)

"""Difficulty: how hard prompts are, and what makes them so, before any model is asked."""

from typing import Annotated, Final

from flask import Response
from pydantic import Field

from app.api import http
from app.api.door import Door
from app.api.guard import scope
from app.api.messages import Messages, messages_of
from app.api.payloads import Name, Out, Page, Payload, Text
from app.api.world import world
from app.domain.errors import Invalid
from app.domain.routing.heuristic import RULES, Rules
from app.domain.routing.level import Level, Levels
from app.domain.routing.words import WordList, split
from app.services.params_form import Share
from app.services.routing import difficulty
from app.services.routing.difficulty import Estimate, Estimator, question_in

door = Door("difficulty")

MOST: Final = 100
HEURISTIC: Final = frozenset({"weights", "complex_words", "simple_words"})  # rules that no other estimator knows

Entries = Annotated[
    list[Name], Field(max_length=200, description="words or phrases of any language, besides those that are known")
]


class WeightsIn(Payload):
    """What length, words and structure weigh in the score; they sum to 1."""

    length: Share = RULES.length
    words: Share = RULES.words
    structure: Share = RULES.structure


class RulesIn(Payload):
    """How `heuristic` judges; and for any estimator where medium and hard begin, both or neither."""

    weights: WeightsIn = Field(default_factory=WeightsIn)
    complex_words: Entries = Field(default_factory=list)
    simple_words: Entries = Field(default_factory=list)
    medium_from: Share | None = None
    hard_from: Share | None = None

    def to_domain(self) -> Rules:
        """The rules. Raises Invalid naming the field."""
        try:
            return Rules(
                length=self.weights.length,
                words=self.weights.words,
                structure=self.weights.structure,
                complex=_with(RULES.complex, self.complex_words, field="complex_words"),
                simple=_with(RULES.simple, self.simple_words, field="simple_words"),
            )
        except Invalid as error:
            raise Invalid(error.message, field=f"rules.{error.field}") from error

    def levels(self) -> Levels | None:
        """Where levels begin, None for where the estimator has them. Raises Invalid naming the field."""
        if self.medium_from is None and self.hard_from is None:
            return None
        if self.medium_from is None or self.hard_from is None:
            absent = "medium_from" if self.medium_from is None else "hard_from"
            raise Invalid("medium and hard are given together", field=f"rules.{absent}")
        try:
            return Levels(self.medium_from, self.hard_from)
        except Invalid as error:
            raise Invalid(error.message, field=f"rules.{error.field}") from error


class DifficultyIn(Payload):
    """One prompt, several, or a conversation, whose last text of the user counts; all of it without a turn of theirs.

    Without `estimator` the one that routes go by: the operator's own scorer where one is set, else `learned`.
    """

    prompt: Text | None = None
    prompts: Annotated[list[Text], Field(max_length=MOST)] = Field(default_factory=list)
    messages: Messages = Field(default_factory=list)
    estimator: Estimator | None = None
    rules: RulesIn = Field(default_factory=RulesIn)

    def texts(self) -> list[str]:
        """The prompts. Raises Invalid naming the one that says nothing, and unless they are given in one way."""
        given = {
            "prompt": [] if self.prompt is None else [self.prompt],
            "prompts": self.prompts,
            "messages": [question_in(messages_of(self.messages))] if self.messages else [],
        }
        ways = [field for field, texts in given.items() if texts]
        if len(ways) != 1:
            raise Invalid("one of prompt, prompts and messages is expected", field=(ways or ["prompt"])[-1])
        for place, text in enumerate(given[ways[0]]):
            if not text.strip():
                raise Invalid("a prompt says something", field=f"prompts[{place}]" if ways[0] == "prompts" else ways[0])
        return given[ways[0]]

    def chosen(self) -> Estimator | None:
        """The estimator; a rule that `heuristic` alone knows chooses it. Raises Invalid where another is named."""
        only = sorted(self.rules.model_fields_set & HEURISTIC)
        if not only or self.estimator == "heuristic":
            return self.estimator
        if self.estimator is not None:
            raise Invalid("estimator heuristic alone goes by this", field=f"rules.{only[0]}")
        return "heuristic"


class DifficultyOut(Out):
    """`score` 0…1. `fallback` says why `estimator` is another one than was asked for, null when it is not.

    Contributions of `heuristic` sum to the score. Those of `learned` say by how much the score would fall if this
    figure of the prompt were a common one; the eight largest are shown.
    """

    score: Share
    level: Level
    estimator: Estimator
    contributions: dict[str, float]
    fallback: str | None

    @classmethod
    def of(cls, found: Estimate) -> "DifficultyOut":
        """The estimate, to four decimals."""
        contributions = {name: round(share, 4) for name, share in found.contributions.items()}
        return cls(
            score=round(found.score, 4),
            level=found.level,
            estimator=found.estimator,
            contributions=contributions,
            fallback=found.fallback,
        )


@door.post("/difficulty", responses={200: Page[DifficultyOut]})
@scope("read", "run")
def estimate_difficulty(body: DifficultyIn) -> Response:
    """Estimate how hard prompts are, one item for each in their order; no model is asked and nothing is stored."""
    found = difficulty.estimate(
        world(), body.texts(), estimator=body.chosen(), rules=body.rules.to_domain(), levels=body.rules.levels()
    )
    return http.answer(Page[DifficultyOut](items=[DifficultyOut.of(each) for each in found], next=None))


def _with(known: WordList, more: list[str], *, field: str) -> WordList:
    for place, entry in enumerate(more):
        if not split(entry):
            raise Invalid("a word or a phrase is expected", field=f"{field}[{place}]")
    return known.also(more)

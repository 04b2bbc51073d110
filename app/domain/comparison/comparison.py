"""A comparison lets models or flows answer the same inputs outside live traffic and judges all of them by one rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from app.domain.errors import Invalid
from app.domain.flow import Params
from app.domain.message import Json

Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]
Rule = Literal["exact", "label", "first_integer", "contains", "regex", "numeric", "json_schema", "json_equal"]
Verdict = Literal["first", "second", "tie"]

FEWEST_CANDIDATES: Final = 2
MOST_CANDIDATES: Final = 20
MOST_INPUTS: Final = 10_000
MOST_REPEATS: Final = 20
MOST_ANSWERS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who answers: a model (`model`, asked with the comparison's own prompt), a flow, or a flow with that model.

    `name` is unique within the comparison. `flow` is a code; `flow_id` and `flow_version` say which one it was when the
    comparison was made.
    """

    name: str
    model: str | None = None
    flow: str | None = None
    flow_id: str | None = None
    flow_version: int | None = None


@dataclass(frozen=True, slots=True)
class Input:
    """One thing to be answered: values for the prompts, and what a right answer says if that is known.

    `reference` is text, or the number or JSON that the rule compares with. `label` groups inputs in reports, such as
    `easy`.
    """

    number: int
    values: Json
    reference: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Scoring:
    """How one answer is scored 0…1 without any model: `rule` against the input's reference, or against `expected`.

    `expected` is the pattern of `regex`, the JSON Schema of `json_schema` as JSON text, or one reference for all
    inputs. `tolerance`: relative, of `numeric`.
    """

    rule: Rule
    expected: str | None = None
    tolerance: float = 1e-6


@dataclass(frozen=True, slots=True)
class Judge:
    """A model that is shown two answers, in both orders, and names the better one by `criteria`."""

    model: str
    criteria: str = "correct, complete and helpful"
    max_pairs: int = 1_000


@dataclass(frozen=True, slots=True)
class Weights:
    """What the winner is chosen by: weights of at least 0, not all 0, of quality, cost and speed."""

    quality: float = 1.0
    cost: float = 0.0
    speed: float = 0.0


@dataclass(frozen=True, slots=True)
class Prompt:
    """What models without a flow are asked: minijinja texts over an input's values, and the same params for all."""

    text: str = "{{ prompt }}"
    system: str = ""
    params: Params = field(default_factory=Params)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison. `budget` in nano-dollars over all of it, judge included; None when nothing limits it.

    `seed` is what the order of answers is drawn from. `benchmark` is the code of the benchmark that it is a run of.
    `alpha`: how often a winner may be named among equals. `error` is a code that says why it failed.
    """

    id: str
    name: str
    status: Status
    candidates: tuple[Candidate, ...]
    inputs: int
    repeats: int
    concurrency: int
    seed: str
    created_at: datetime
    actor: str
    use_case_id: str | None = None
    prompt: Prompt = field(default_factory=Prompt)
    scoring: Scoring | None = None
    judge: Judge | None = None
    weights: Weights = field(default_factory=Weights)
    alpha: float = 0.05
    budget: int | None = None
    benchmark: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What one candidate said to one input in one repeat. `place` is its turn in the drawn order, from 0.

    `done` False: not asked yet. `score` 0…1 by the rule, None without one, 0 for an answer that failed. `cost` in
    nano-dollars over all calls of the answer, None when a price is unknown; times in ms; `error` is a code.
    """

    id: str
    comparison_id: str
    place: int
    candidate: int
    input: int
    repeat: int
    done: bool = False
    text: str | None = None
    error: str | None = None
    score: float | None = None
    cost: int | None = None
    latency_ms: int | None = None
    ttft_ms: int | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    call_id: str | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """Which of two answers to one input is better, shown in this order: by the judge model or by a person.

    `first` and `second` are numbers of candidates in the order in which they were shown. `verdict` None: not asked yet,
    or the judge gave no usable word (`error`). With both a verdict and an `error` nobody was asked: an answer was
    missing, or both were the same. `rater` is `judge` or who voted.
    """

    id: str
    comparison_id: str
    place: int
    input: int
    repeat: int
    first: int
    second: int
    rater: str
    done: bool = False
    verdict: Verdict | None = None
    error: str | None = None
    cost: int | None = None


JUDGE: Final = "judge"


def check_candidates(candidates: Sequence[Candidate], *, field: str = "candidates") -> None:
    """Raises Invalid for fewer than two candidates, too many, one that is nobody, or one that stands twice."""
    if not FEWEST_CANDIDATES <= len(candidates) <= MOST_CANDIDATES:
        raise Invalid(f"{FEWEST_CANDIDATES} to {MOST_CANDIDATES} candidates are compared", field=field)
    names: dict[str, int] = {}
    seen: dict[tuple[str | None, str | None], int] = {}
    for at, candidate in enumerate(candidates):
        if candidate.model is None and candidate.flow is None:
            raise Invalid("a candidate names a model, a flow, or both", field=f"{field}[{at}]")
        if names.setdefault(candidate.name, at) != at:
            raise Invalid(f"the name {candidate.name!r} stands twice", field=f"{field}[{at}].name")
        if seen.setdefault((candidate.flow, candidate.model), at) != at:
            raise Invalid("this candidate stands twice", field=f"{field}[{at}]")


def check_size(*, candidates: int, inputs: int, repeats: int) -> None:
    """Raises Invalid when there is nothing to answer, or more than one comparison holds."""
    if not 1 <= inputs <= MOST_INPUTS:
        raise Invalid(f"1 to {MOST_INPUTS} inputs are answered", field="inputs")
    if candidates * inputs * repeats > MOST_ANSWERS:
        raise Invalid(f"at most {MOST_ANSWERS} answers are asked for in one comparison", field="repeats")


def check_weights(weights: Weights) -> None:
    """Raises Invalid unless weights are at least 0 and one is above."""
    given: Mapping[str, float] = {"quality": weights.quality, "cost": weights.cost, "speed": weights.speed}
    for name, weight in given.items():
        if not 0 <= weight < float("inf"):
            raise Invalid("a finite number of at least 0 is expected", field=f"weights.{name}")
    if sum(given.values()) <= 0:
        raise Invalid("at least one weight is above 0", field="weights")

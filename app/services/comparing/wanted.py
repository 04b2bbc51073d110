"""A comparison as somebody wants it, before anything of it is checked against what there is."""

from dataclasses import dataclass, field

from app.domain.comparison.comparison import Input, Judge, Prompt, Scoring, Weights


@dataclass(frozen=True, slots=True)
class WantedCandidate:
    """A model, a flow of the use case by its code, or that flow with each step asked of that model."""

    model: str | None = None
    flow: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """Inputs of real runs: at most `count` different ones of a use case's last `days`."""

    use_case: str
    count: int
    days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedComparison:
    """Either `inputs` or a `sample`. `budget` in nano-dollars; `seed` None draws one.

    `lines` of the file by input, where inputs came in one. `use_case` is the code of the one whose flows are
    candidates, and to which the result belongs.
    """

    candidates: tuple[WantedCandidate, ...]
    inputs: tuple[Input, ...] = ()
    lines: tuple[int, ...] = ()
    sample: Sample | None = None
    name: str = ""
    use_case: str | None = None
    prompt: Prompt = field(default_factory=Prompt)
    scoring: Scoring | None = None
    judge: Judge | None = None
    weights: Weights = field(default_factory=Weights)
    repeats: int = 1
    concurrency: int = 4
    budget: int | None = None
    alpha: float = 0.05
    seed: str | None = None
    benchmark: str | None = None

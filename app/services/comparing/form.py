"""The shape in which a comparison is written down, the same at every door: HTTP, command line and pages."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.domain.comparison.comparison import (
    MOST_CANDIDATES,
    MOST_INPUTS,
    MOST_REPEATS,
    Input,
    Judge,
    Prompt,
    Rule,
    Scoring,
    Weights,
)
from app.domain.errors import Invalid
from app.domain.flow import Params
from app.domain.message import Json
from app.domain.money import from_usd
from app.services.comparing import uploads
from app.services.comparing.wanted import Sample, WantedCandidate, WantedComparison
from app.services.rollout_form import Code, Form, Usd

JsonObject = Annotated[dict[str, object], Field(max_length=256)]
Text = Annotated[str, StringConstraints(max_length=uploads.LONGEST)]
Plain = Annotated[str, StringConstraints(max_length=uploads.LONGEST, pattern=r"^[^\x00]*$")]
Label = Annotated[str, StringConstraints(min_length=1, max_length=uploads.LABEL_CHARS, pattern=r"^[^\x00]*$")]
Importance = Annotated[float, Field(ge=0, le=1_000_000)]
CONCURRENCY = 32


class CandidateForm(Form):
    """A model by its slug, a flow of the use case by its code, or that flow with every step asked of that model."""

    model: Code | None = None
    flow: Code | None = None
    name: Code | None = None

    def wanted(self) -> WantedCandidate:
        """As the service takes it."""
        return WantedCandidate(self.model, self.flow, self.name)


class InputForm(Form):
    """One thing to be answered: `values` by name, or a `prompt` alone; `reference` is what a right answer says."""

    values: JsonObject | None = None
    prompt: Text | None = None
    reference: Plain | None = None
    label: Label | None = None

    def wanted(self, number: int) -> Input:
        """As the domain has it. Raises Invalid unless it holds values or a prompt."""
        if (self.values is None) == (self.prompt is None):
            raise Invalid("either values or a prompt are expected", field=f"inputs[{number}]")
        values: Json = {"prompt": self.prompt} if self.values is None else self.values
        return Input(number, values, self.reference, self.label)


class UploadForm(Form):
    """A file's text: CSV with a header, or JSONL; columns `reference` and `label`, every other one is a value."""

    format: Literal["csv", "jsonl"]
    content: Annotated[str, StringConstraints(min_length=1, max_length=uploads.MOST_CHARS)]


class SampleForm(Form):
    """Inputs of real runs of a use case, taken by chance; allowed where `COMPARE_REAL_INPUTS` is on."""

    use_case: Code
    count: Annotated[int, Field(ge=1, le=MOST_INPUTS)]
    days: Annotated[int, Field(ge=1, le=3_650)] = 30

    def wanted(self) -> Sample:
        """As the service takes it."""
        return Sample(self.use_case, self.count, self.days)


class ComparedParams(Form):
    """How models are asked, all of them alike; null leaves the default. `options` go to the vendor as they are."""

    max_tokens: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    stop: Annotated[list[Text], Field(max_length=4)] = Field(default_factory=list)
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = None
    response_format: JsonObject | None = None
    options: JsonObject = Field(default_factory=dict)

    def wanted(self) -> Params:
        """As the domain has it."""
        given = self.model_dump()
        return Params(**{**given, "stop": tuple(self.stop)})


class PromptForm(Form):
    """What models that are no flow are asked: minijinja texts over an input's values."""

    text: Annotated[Text, StringConstraints(min_length=1)] = "{{ prompt }}"
    system: Text = ""
    params: ComparedParams = Field(default_factory=ComparedParams)

    def wanted(self) -> Prompt:
        """As the domain has it."""
        return Prompt(self.text, self.system, self.params.wanted())


class ScoringForm(Form):
    """The rule by which an answer is right, against its input's `reference` or, for all inputs, `expected`."""

    rule: Rule
    expected: Plain | None = None
    tolerance: Annotated[float, Field(ge=0, le=1)] = 1e-6

    def wanted(self) -> Scoring:
        """As the domain has it."""
        return Scoring(self.rule, self.expected, self.tolerance)


class JudgeForm(Form):
    """A model that is shown two answers, in both orders, and says which is better by `criteria`."""

    model: Code
    criteria: Annotated[Text, StringConstraints(min_length=1, max_length=4_000)] = Judge("").criteria
    max_pairs: Annotated[int, Field(ge=1, le=20_000)] = 1_000

    def wanted(self) -> Judge:
        """As the domain has it."""
        return Judge(self.model, self.criteria, self.max_pairs)


class WeightsForm(Form):
    """How much quality, cost and speed count for the winner."""

    quality: Importance = 1.0
    cost: Importance = 0.0
    speed: Importance = 0.0

    def wanted(self) -> Weights:
        """As the domain has it."""
        return Weights(self.quality, self.cost, self.speed)


class ComparisonForm(Form):
    """A comparison, all of it. What is answered: exactly one of `inputs`, `upload` and `sample`."""

    name: Annotated[str, StringConstraints(max_length=255, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    use_case: Code | None = None
    candidates: Annotated[list[CandidateForm], Field(max_length=MOST_CANDIDATES)]
    inputs: Annotated[list[InputForm], Field(max_length=MOST_INPUTS)] | None = None
    upload: UploadForm | None = None
    sample: SampleForm | None = None
    prompt: PromptForm = Field(default_factory=PromptForm)
    scoring: ScoringForm | None = None
    judge: JudgeForm | None = None
    weights: WeightsForm = Field(default_factory=WeightsForm)
    repeats: Annotated[int, Field(ge=1, le=MOST_REPEATS)] = 1
    concurrency: Annotated[int, Field(ge=1, le=CONCURRENCY)] = 4
    budget_usd: Usd | None = None
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    seed: Label | None = None

    def wanted(self, *, benchmark: str | None = None) -> WantedComparison:
        """As the service takes it. Raises Invalid for a broken upload, and unless there is one source of inputs."""
        if sum(source is not None for source in (self.inputs, self.upload, self.sample)) != 1:
            raise Invalid("one of inputs, upload and sample is expected", field="inputs")
        uploaded = self._uploaded()
        return WantedComparison(
            candidates=tuple(each.wanted() for each in self.candidates),
            inputs=self._inputs(uploaded),
            lines=tuple(row.line for row in uploaded),
            sample=None if self.sample is None else self.sample.wanted(),
            name=self.name,
            use_case=self.use_case,
            prompt=self.prompt.wanted(),
            scoring=None if self.scoring is None else self.scoring.wanted(),
            judge=None if self.judge is None else self.judge.wanted(),
            weights=self.weights.wanted(),
            repeats=self.repeats,
            concurrency=self.concurrency,
            budget=None if self.budget_usd is None else from_usd(self.budget_usd),
            alpha=self.alpha,
            seed=self.seed,
            benchmark=benchmark,
        )

    def _uploaded(self) -> tuple[uploads.Row, ...]:
        if self.upload is None:
            return ()
        scoring = None if self.scoring is None else self.scoring.wanted()
        return uploads.read(self.upload.format, self.upload.content, scoring=scoring)

    def _inputs(self, uploaded: tuple[uploads.Row, ...]) -> tuple[Input, ...]:
        if uploaded:
            return tuple(row.input(number) for number, row in enumerate(uploaded))
        return tuple(each.wanted(number) for number, each in enumerate(self.inputs or ()))

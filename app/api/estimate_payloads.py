"""An estimate is asked for with tokens or with what would be said, and answered per model."""

from typing import Annotated

from pydantic import Field

from app.api.calls import UsageIn
from app.api.messages import Messages, messages_of
from app.api.payloads import Name, Out, Payload, Text, Tokens, usd
from app.domain.errors import Invalid
from app.domain.message import Message, Usage
from app.services.estimates import Estimate, Foreseen
from app.services.params_form import Limit


class EstimateIn(Payload):
    """Tokens to be priced, or a prompt or messages whose tokens are counted; without `models` on every model.

    `expected_output_tokens` is how long the answer probably gets; without it, as long as `max_tokens` allows.
    `baseline` is a model to compare with.
    """

    usage: UsageIn | None = None
    prompt: Text | None = None
    messages: Messages = Field(default_factory=list)
    max_tokens: Limit | None = None
    expected_output_tokens: Tokens | None = None
    models: Annotated[list[Name], Field(max_length=200)] = Field(default_factory=list)
    baseline: Name | None = None

    def to_domain(self) -> Foreseen:
        """What is to be priced. Raises Invalid naming the turn, for a blank prompt, and for one besides messages."""
        if self.prompt is not None and self.messages:
            raise Invalid("a prompt or messages are expected, not both", field="messages")
        if self.prompt is not None and not self.prompt.strip():
            raise Invalid("a prompt says something", field="prompt")
        prompt = () if self.prompt is None else (Message("user", self.prompt),)
        return Foreseen(
            usage=None if self.usage is None else Usage(**self.usage.model_dump()),
            messages=prompt or messages_of(self.messages),
            max_tokens=self.max_tokens,
            expected_output_tokens=self.expected_output_tokens,
            models=tuple(self.models),
            baseline=self.baseline,
        )


class EstimateOut(Out):
    """One model's figures; null where its price is unknown.

    No call with this prompt and `max_tokens` costs more than `worst_case_usd`. `fits`: it is within the model's limits.
    Savings are against the baseline.
    """

    model: str
    input_tokens: int
    output_tokens: int
    max_tokens: int
    fits: bool
    cost_usd: str | None
    worst_case_usd: str | None
    price_version: str | None
    saving_usd: str | None
    saving_percent: float | None

    @classmethod
    def of(cls, found: Estimate) -> "EstimateOut":
        """The estimate."""
        return cls(
            model=found.model,
            input_tokens=found.input_tokens,
            output_tokens=found.output_tokens,
            max_tokens=found.max_tokens,
            fits=found.fits,
            cost_usd=usd(found.cost),
            worst_case_usd=usd(found.worst_case),
            price_version=found.price_version,
            saving_usd=usd(found.saving),
            saving_percent=found.saving_percent,
        )

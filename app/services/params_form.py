"""The shape in which it is written down how a model is asked, the same at every door."""

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from app.domain.flow import Params
from app.services.rollout_form import Form

INT64: Final = 2**63 - 1
JsonObject = Annotated[dict[str, object], Field(max_length=256)]
Temperature = Annotated[float, Field(ge=0, le=2)]
Share = Annotated[float, Field(ge=0, le=1)]
Stop = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Stops = Annotated[list[Stop], Field(max_length=16)]
Seed = Annotated[int, Field(ge=-INT64 - 1, le=INT64)]
Limit = Annotated[int, Field(ge=1, le=1_000_000_000)]


class ParamsForm(Form):
    """How the model is asked; null leaves the default. `options` go to the vendor as they are."""

    max_tokens: Limit | None = None
    temperature: Temperature | None = None
    top_p: Share | None = None
    stop: Stops = Field(default_factory=list)
    seed: Seed | None = None
    response_format: JsonObject | None = None
    options: JsonObject = Field(default_factory=dict)

    def params(self) -> Params:
        """The parameters alone, without what a subclass adds."""
        return Params(
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            top_p=self.top_p,
            stop=tuple(self.stop),
            seed=self.seed,
            response_format=self.response_format,
            options=self.options,
        )

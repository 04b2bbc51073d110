"""What numbers of tokens cost on each model: the table to choose by, before there is any prompt."""

import re
from typing import Annotated, Final

from flask import Response
from pydantic import AfterValidator, Field

from app.api import http
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import Line, Out, Page, Words, usd
from app.api.world import world
from app.domain.model import Tier
from app.services import model_costs
from app.services.model_costs import OUTPUT_SHARE, TOKENS, ModelCosts
from app.services.model_search import is_configured

door = Door("model_costs")

NUMBERS: Final = re.compile(r"[1-9][0-9]{0,11}(,[1-9][0-9]{0,11}){0,9}")


def _numbers(value: str) -> str:
    if NUMBERS.fullmatch(value) is None:
        raise ValueError("one to ten numbers from 1 to 999999999999 are expected, separated by commas")
    return value


Numbers = Annotated[str, AfterValidator(_numbers)]


class CostsQuery(Words):
    """Which numbers of tokens, at most ten, and which share of them (0…1) the model writes.

    `models` are slugs separated by commas; all that chat without them.
    """

    tokens: Annotated[Numbers, Field(description="separated by commas")] = ",".join(map(str, TOKENS))
    output_share: float = Field(OUTPUT_SHARE, ge=0, le=1)
    models: Line = ""

    @property
    def volumes(self) -> tuple[model_costs.Volume, ...]:
        """The numbers of tokens, parted into read and written."""
        return model_costs.volumes(tuple(map(int, self.tokens.split(","))), self.output_share)


class VolumeOut(Out):
    """Tokens in total and what they cost; null where the price is unknown."""

    tokens: int
    input_tokens: int
    output_tokens: int
    cost_usd: str | None


class ModelCostsOut(Out):
    """A model's costs; `cost_efficiency` is 0 (dear) to 100 (cheap), null where the price is unknown."""

    model: str
    provider: str
    tier: Tier
    recommended: bool
    legacy: bool
    configured: bool
    cost_efficiency: float | None
    costs: list[VolumeOut]

    @classmethod
    def of(cls, found: ModelCosts) -> "ModelCostsOut":
        """The line of the table."""
        model = found.model
        return cls(
            model=model.slug,
            provider=model.provider,
            tier=model.tier,
            recommended=model.recommended,
            legacy=model.legacy,
            configured=is_configured(world(), model),
            cost_efficiency=found.efficiency,
            costs=[
                VolumeOut(
                    tokens=volume.tokens,
                    input_tokens=volume.input_tokens,
                    output_tokens=volume.output_tokens,
                    cost_usd=usd(nanos),
                )
                for volume, nanos in found.costs
            ],
        )


@door.get("/models/costs", responses={200: Page[ModelCostsOut]})
@scope("read", "run")
def compare_costs(query: CostsQuery) -> Response:
    """Compare what numbers of tokens cost on some or all models; rates for long prompts are left aside."""
    named = [slug for slug in query.models.split(",") if slug]
    found = model_costs.table(world(), query.volumes, models=named)
    return http.answer(Page[ModelCostsOut](items=[ModelCostsOut.of(each) for each in found], next=None))

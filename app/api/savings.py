"""Savings: where a cheaper model would have done as well, as far as anybody can tell."""

from flask import Response
from pydantic import Field

from app.api import http
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import Out, Page, usd
from app.api.records import RecordQuery
from app.api.world import world
from app.services.routing import learners, saving
from app.services.routing.saving import Saving

door = Door("savings")


class SavingOut(Out):
    """What asking `instead` of `model` would have saved; without `proven` it is worth a comparison first."""

    model: str
    instead: str
    calls: int
    spent_usd: str | None
    saved_usd: str | None
    saved_percent: float
    quality: float = Field(description="expected of the model at these prompts, 0 to 1")
    quality_instead: float = Field(description="expected of the other one")
    quality_instead_low: float = Field(description="its lower bound")
    proven: bool = Field(description="whether the other one's own outcomes at such prompts say that it is no worse")

    @classmethod
    def of(cls, each: Saving) -> "SavingOut":
        """The saving."""
        return cls(
            model=each.model,
            instead=each.instead,
            calls=each.calls,
            spent_usd=usd(each.spent),
            saved_usd=usd(each.saved),
            saved_percent=round(each.saved_percent, 2),
            quality=round(each.quality, 4),
            quality_instead=round(each.quality_instead, 4),
            quality_instead_low=round(each.quality_instead_low, 4),
            proven=each.proven,
        )


@door.get("/reports/savings", responses={200: Page[SavingOut]})
@scope("read")
def read_savings(query: RecordQuery) -> Response:
    """Read which cheaper models would have done as well for a use case, a task or direct questions."""
    learner = learners.named(world(), use_case=query.use_case, task=query.task)
    found = saving.savings(world(), learner, days=query.days)
    return http.answer(Page[SavingOut](items=[SavingOut.of(each) for each in found[:100]], next=None))

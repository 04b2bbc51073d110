"""Spending: what calls have cost by model, task, team, day and more, and what another model would have cost."""

from datetime import datetime
from typing import Annotated, Any

from flask import Response
from pydantic import AwareDatetime, Field

from app.api import http
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import Name, Out, Words, usd
from app.api.world import world
from app.domain.money import to_usd
from app.domain.spending import By, Spent
from app.services import spending
from app.services.spending import GROUPS, Group

door = Door("spending")


class SpendingQuery(Words):
    """By what, and of which time: `since` counts, `until` does not; without them the current UTC month.

    `limit` groups are told one by one, the others together. `baseline` is a model to compare with.
    """

    by: By
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    baseline: Name | None = None
    limit: int = Field(GROUPS, ge=1, le=200)


Read = Annotated[int, Field(description="all that was read, cached or not")]
Written = Annotated[int, Field(description="all that was written, reasoning too")]


class SpentOut(Out):
    """Sums over calls. `cost_usd` sums the known costs, `unpriced` counts the calls without one.

    `saved_usd` is what answers from the cache had cost when they were made. `baseline_usd` is what the tokens of calls
    with a known cost would have cost at the baseline, null where its price is unknown; `difference_usd` is that less
    the cost, `difference_percent` its share of the baseline's.
    """

    calls: int
    errors: int
    cached: int
    input_tokens: Read
    output_tokens: Written
    cost_usd: str
    unpriced: int
    saved_usd: str
    baseline_usd: str | None
    difference_usd: str | None
    difference_percent: float | None


class GroupOut(SpentOut):
    """Sums of one group; `group` is its id or name as calls have it, null for calls without one, `name` for people."""

    group: str | None
    name: str | None


class SpendingOut(Out):
    """Groups, the dearest first, days and months the latest first; `other` sums those beyond the limit."""

    by: By
    since: datetime
    until: datetime
    baseline: str | None
    items: list[GroupOut]
    other: SpentOut | None
    total: SpentOut


@door.get("/spending", responses={200: SpendingOut})
@scope("read")
def read_spending(query: SpendingQuery) -> Response:
    """Read what calls have cost, by model, task, team, day and more."""
    found = spending.spending(
        world(), query.by, since=query.since, until=query.until, baseline=query.baseline, most=query.limit
    )
    return http.answer(
        SpendingOut(
            by=query.by,
            since=found.since,
            until=found.until,
            baseline=found.baseline,
            items=[_group(group) for group in found.groups],
            other=None if found.other is None else SpentOut(**_sums(found.other)),
            total=SpentOut(**_sums(found.total)),
        )
    )


def _group(group: Group) -> GroupOut:
    return GroupOut(group=group.id, name=group.name, **_sums(group.spent))


def _sums(spent: Spent) -> dict[str, Any]:  # fields of SpentOut, which checks them
    return {
        "calls": spent.calls,
        "errors": spent.errors,
        "cached": spent.cached,
        "input_tokens": spent.input_tokens,
        "output_tokens": spent.output_tokens,
        "cost_usd": to_usd(spent.cost),
        "unpriced": spent.unpriced,
        "saved_usd": to_usd(spent.saved),
        "baseline_usd": usd(spent.baseline),
        "difference_usd": usd(spent.difference),
        "difference_percent": spent.percent,
    }

"""Statements: what a provider says was used and paid for, held against what was booked here."""

from datetime import date, datetime
from typing import Annotated

from flask import Response
from pydantic import Field, StringConstraints

from app.api import calls as call_door
from app.api import guard, http
from app.api.call_payloads import CallOut
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import ById, Name, Out, Page, Paging, Payload, usd
from app.api.world import world
from app.domain.statement import Difference, Figures, Statement, Status, Tolerance
from app.domain.statement_sums import sums_of
from app.services import statements
from app.services.statement_formats import Format

door = Door("statements")


class StatementIn(Payload):
    """An export as the provider gave it; `content` is the file's text."""

    provider: Name
    format: Format
    content: Annotated[str, StringConstraints(min_length=1, max_length=100_000_000)]


class StatementOut(Out):
    """A statement that was read; `lines` counts its days and models."""

    id: str
    provider: str
    format: str
    first_day: date
    last_day: date
    lines: int
    created_at: datetime
    actor: str

    @classmethod
    def of(cls, statement: Statement) -> "StatementOut":
        """The statement."""
        return cls(
            id=statement.id,
            provider=statement.provider,
            format=statement.format,
            first_day=statement.first_day,
            last_day=statement.last_day,
            lines=statement.size,
            created_at=statement.created_at,
            actor=statement.actor,
        )


class FiguresOut(Out):
    """Sums of one model on one day; null is unknown."""

    requests: int | None
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: str | None


class DifferenceOut(Out):
    """Both sides of one model on one day.

    `difference` is ours minus theirs, the percentages are of theirs. `names` are the provider's for the model. Calls
    that were only reported or came from the cache stand apart.
    """

    day: date
    model: str
    names: list[str]
    status: Status
    theirs: FiguresOut | None
    ours: FiguresOut | None
    difference: FiguresOut
    cost_percent: float | None
    input_percent: float | None
    output_percent: float | None
    reported_calls: int
    cached_calls: int


class SumsOut(Out):
    """How many differences have which status, and the costs of both sides where both are known."""

    match: int
    differs: int
    missing_here: int
    missing_there: int
    theirs_usd: str | None
    ours_usd: str | None
    difference_usd: str | None


class StatementReadOut(Out):
    """A statement with one part of its differences; `next` is the cursor of what follows."""

    statement: StatementOut
    sums: SumsOut
    items: list[DifferenceOut]
    next: str | None


class ReadQuery(Paging):
    """Which differences: how far apart is a match, and of which status."""

    tolerance_percent: Annotated[float, Field(ge=0, le=100)] = 1.0
    status: Status | None = None


class CallsQuery(Paging):
    """The calls of one UTC day, or of one model of it."""

    day: date
    model: Name | None = None


@door.post("/statements", responses={201: StatementOut})
@scope("write")
def add_statement(body: StatementIn) -> Response:
    """Read a provider's export; nothing is booked by it."""
    added = statements.add(
        world(), provider=body.provider, format=body.format, content=body.content, actor=guard.key().name
    )
    return http.created(StatementOut.of(added))


@door.get("/statements", responses={200: Page[StatementOut]})
@scope("read")
def list_statements(query: Paging) -> Response:
    """Read which statements there are, newest first."""
    found, following = statements.page(world(), cursor=query.cursor, limit=query.limit)
    return http.answer(Page[StatementOut](items=[StatementOut.of(each) for each in found], next=following))


@door.get("/statements/<id>", responses={200: StatementReadOut})
@scope("read")
def get_statement(path: ById, query: ReadQuery) -> Response:
    """Read a statement beside what is booked here now, per model and day."""
    read = statements.get(world(), str(path.id), tolerance=Tolerance(percent=query.tolerance_percent))
    wanted = [each for each in read.differences if query.status in (None, each.status)]
    left = [each for each in wanted if query.cursor is None or _mark(each) > query.cursor]
    shown = left[: query.limit]
    return http.answer(
        StatementReadOut(
            statement=StatementOut.of(read.statement),
            sums=_sums(read.differences),
            items=[_out(each) for each in shown],
            next=_mark(shown[-1]) if len(left) > len(shown) else None,
        )
    )


@door.get("/statements/<id>/calls", responses={200: Page[CallOut]})
@scope("read")
def list_statement_calls(path: ById, query: CallsQuery) -> Response:
    """Find the calls behind a difference, newest first."""
    found, following = statements.calls(
        world(), str(path.id), day=query.day, model=query.model, cursor=query.cursor, limit=query.limit
    )
    return http.answer(Page[CallOut](items=[call_door.out(call) for call in found], next=following))


@door.delete("/statements/<id>", responses={204: None})
@scope("write")
def delete_statement(path: ById) -> Response:
    """Forget a statement."""
    statements.drop(world(), str(path.id))
    return http.no_content()


def _mark(difference: Difference) -> str:
    return f"{difference.day}~{difference.model}"


def _sums(differences: tuple[Difference, ...]) -> SumsOut:
    sums = sums_of(differences)
    return SumsOut(
        match=sums.counts.get("match", 0),
        differs=sums.counts.get("differs", 0),
        missing_here=sums.counts.get("missing-here", 0),
        missing_there=sums.counts.get("missing-there", 0),
        theirs_usd=usd(sums.theirs),
        ours_usd=usd(sums.ours),
        difference_usd=usd(sums.difference),
    )


def _out(difference: Difference) -> DifferenceOut:
    gap = Figures(*(difference.of(name) for name in Figures.__dataclass_fields__))
    ours = difference.ours
    return DifferenceOut(
        day=difference.day,
        model=difference.model,
        names=list(difference.names),
        status=difference.status,
        theirs=None if difference.theirs is None else _figures(difference.theirs),
        ours=None if ours is None else _figures(ours.figures),
        difference=_figures(gap),
        cost_percent=difference.percent("cost"),
        input_percent=difference.percent("input_tokens"),
        output_percent=difference.percent("output_tokens"),
        reported_calls=0 if ours is None else ours.reported,
        cached_calls=0 if ours is None else ours.cached,
    )


def _figures(figures: Figures) -> FiguresOut:
    return FiguresOut(
        requests=figures.requests,
        input_tokens=figures.input_tokens,
        output_tokens=figures.output_tokens,
        cost_usd=usd(figures.cost),
    )

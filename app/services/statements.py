"""A provider's statement is read, kept, and held against what was booked here, per model and day."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from app.db import calls as call_rows
from app.db import statements as rows
from app.db.call_days import per_day
from app.db.calls import CallFilter
from app.domain.call import Call
from app.domain.errors import Invalid
from app.domain.money import from_usd
from app.domain.statement import EVERY, Difference, Figures, Statement, StatementLine, Told, Tolerance, compare
from app.services.statement_csv import FIELD
from app.services.statement_formats import read
from app.services.vendor_names import slug_of, slugs_by_name
from app.services.world import World

LINES: Final = 20_000
NAME: Final = 255
FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2199, 12, 31)


@dataclass(frozen=True, slots=True)
class StatementRead:
    """A statement with every difference, by day and model."""

    statement: Statement
    differences: tuple[Difference, ...]


def add(world: World, *, provider: str, format: str, content: str, actor: str) -> Statement:
    """Read an export and keep its sums per day and model.

    Raises Invalid for an unknown provider or format, and for a statement that breaks a rule, naming where.
    """
    if provider not in world.catalogue.providers:
        raise Invalid(f"one of {', '.join(sorted(world.catalogue.providers))} is expected", field="provider")
    known = slugs_by_name(world.catalogue.by_provider(provider))
    lines = _lines(read(format, content), known)
    days = [line.day for line in lines]
    _span(min(days), max(days), field=FIELD)
    statement = Statement(
        id=world.new_id(),
        provider=provider,
        format=format,
        first_day=min(days),
        last_day=max(days),
        size=len(lines),
        created_at=world.now(),
        actor=actor,
    )
    with world.store.write() as tx:
        rows.add(tx, statement, lines)
    return statement


def get(world: World, statement_id: str, *, tolerance: Tolerance | None = None) -> StatementRead:
    """The statement beside what is booked now. Raises NotFound."""
    with world.store.read() as tx:
        statement = rows.get(tx, statement_id)
        lines = rows.lines_of(tx, statement_id)
        since, until = _span(statement.first_day, statement.last_day, field=FIELD)
        booked = per_day(tx, statement.provider, since=since, until=until)
    return StatementRead(statement, tuple(compare(lines, booked, tolerance=tolerance or Tolerance())))


def calls(
    world: World, statement_id: str, *, day: date, model: str | None, cursor: str | None, limit: int
) -> tuple[list[Call], str | None]:
    """The calls behind one day, or one model of it, newest first. Raises NotFound, Invalid for a foreign cursor."""
    with world.store.read() as tx:
        statement = rows.get(tx, statement_id)
        slug = None if model in (None, EVERY) else world.catalogue.aliases.get(str(model), model)
        since, until = _span(day, day, field="day")
        wanted = CallFilter(provider=statement.provider, model=slug, since=since, until=until)
        return call_rows.page(tx, wanted, cursor=cursor, limit=limit)


def page(world: World, *, cursor: str | None, limit: int) -> tuple[list[Statement], str | None]:
    """Statements, newest first."""
    with world.store.read() as tx:
        return rows.page(tx, cursor=cursor, limit=limit)


def drop(world: World, statement_id: str) -> None:
    """Forget a statement. Raises NotFound."""
    with world.store.write() as tx:
        rows.drop(tx, statement_id)


def _lines(told: list[Told], known: Mapping[str, str]) -> list[StatementLine]:
    """One line per day and name; costs are added up exactly and rounded once."""
    places: dict[tuple[date, str], list[Told]] = defaultdict(list)
    for each in told:
        if not each.name.isprintable():
            raise Invalid("the name of a model holds signs that cannot be printed", field=FIELD)
        places[each.day, each.name[:NAME]].append(each)
    if len(places) > LINES:
        raise Invalid(f"at most {LINES} days and models fit into one statement", field=FIELD)
    summed = [
        StatementLine(day, name, slug_of(name, known), _figures(some)) for (day, name), some in sorted(places.items())
    ]
    if not any(_says_something(line) for line in summed):
        raise Invalid("the statement holds zeros only", field=FIELD)
    return [line for line in summed if _says_something(line)]


def _figures(told: list[Told]) -> Figures:
    def known(name: str) -> int | None:
        values = [value for each in told if (value := getattr(each, name)) is not None]
        return sum(values) if values else None

    costs = [each.cost for each in told if each.cost is not None]
    return Figures(
        requests=known("requests"),
        input_tokens=known("input_tokens"),
        output_tokens=known("output_tokens"),
        cost=from_usd(sum(costs, Decimal(0))) if costs else None,
    )


def _says_something(line: StatementLine) -> bool:
    figures = line.figures
    return any((figures.requests, figures.input_tokens, figures.output_tokens, figures.cost))


def _span(first: date, last: date, *, field: str) -> tuple[datetime, datetime]:
    """The first moment of the first day and the first after the last. Raises Invalid for days that cannot be meant."""
    if first < FIRST_DAY or last > LAST_DAY:
        raise Invalid(f"days from {FIRST_DAY} to {LAST_DAY} are expected", field=field)
    midnight = time(tzinfo=UTC)
    return datetime.combine(first, midnight), datetime.combine(last, midnight) + timedelta(days=1)

"""Which inputs of a comparison were answered worst: sums over its answers, made where they are stored."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Float, case, func, select

from app.db.tables import comparison_answers
from app.db.uow import Tx

c = comparison_answers.c


@dataclass(frozen=True, slots=True)
class Answered:
    """How well done answers to an input were, of one candidate: `mean` 0…1, and how many failed."""

    input: int
    candidate: int
    mean: float
    failures: int


def lowest(tx: Tx, comparison_id: str, *, limit: int) -> dict[int, float]:
    """Mean values of the inputs with the lowest ones below 1, the lowest first. Reads all answers, without texts."""
    mean = func.avg(_value())
    statement = select(c.input, mean).where(c.comparison_id == comparison_id, c.done)
    found = tx.execute(statement.group_by(c.input).having(mean < 1).order_by(mean, c.input).limit(limit))
    return {number: float(value) for number, value in found}


def by_candidate(tx: Tx, comparison_id: str, numbers: Collection[int]) -> list[Answered]:
    """The same for each candidate that answered these inputs."""
    failures = func.sum(case((c.error.is_not(None), 1), else_=0))
    statement = select(c.input, c.candidate, func.avg(_value()), failures).where(
        c.comparison_id == comparison_id, c.done, c.input.in_(sorted(numbers))
    )
    found = tx.execute(statement.group_by(c.input, c.candidate))
    return [Answered(number, candidate, float(mean), int(failed)) for number, candidate, mean, failed in found]


def _value() -> ColumnElement[float]:
    """The score; 0 for one that failed, and 1 for one that did not where nothing is scored."""
    return case((c.error.is_not(None), 0.0), else_=func.coalesce(c.score, 1.0)).cast(Float)

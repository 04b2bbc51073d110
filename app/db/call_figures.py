"""What a set of calls adds up to, per flow, in one query."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, case, distinct, func, select

from app.db.calls import CallFilter, conditions
from app.db.tables import calls
from app.db.uow import Tx


@dataclass(frozen=True, slots=True)
class FlowFigures:
    """Sums over the calls of one flow; None as `flow_id` for calls outside any flow.

    `cost` in nano-dollars over priced calls, `unpriced` counts the others; p50 and p95 are exact (nearest rank), in ms.
    """

    flow_id: str | None
    sessions: int
    calls: int
    errors: int
    prompt_tokens: int
    completion_tokens: int
    cost: int
    unpriced: int
    p50_ms: int
    p95_ms: int


def per_flow(tx: Tx, wanted: CallFilter) -> list[FlowFigures]:
    """Figures of each flow among the calls that match, by flow id. Reads all of them: bound it by time or use case."""
    flow, latency = calls.c.flow_id, calls.c.latency_ms
    ranked = (
        select(
            calls,
            func.row_number().over(partition_by=flow, order_by=latency).label("rank"),
            func.count().over(partition_by=flow).label("size"),
        )
        .where(*conditions(wanted))
        .subquery()
    )
    c = ranked.c
    figures = select(
        c.flow_id,
        func.count(distinct(c.session_id)),
        func.count(),
        func.sum(case((c.outcome == "error", 1), else_=0)),
        func.sum(c.input_tokens + c.cache_read_tokens + c.cache_write_tokens),
        func.sum(c.output_tokens + c.reasoning_tokens),
        func.coalesce(func.sum(c.cost), 0),
        func.sum(case((c.cost.is_(None), 1), else_=0)),
        *(func.min(case((c.rank * 100 >= c.size * share, c.latency_ms))) for share in (50, 95)),
    )
    return [_figures(row) for row in tx.execute(figures.group_by(c.flow_id).order_by(c.flow_id))]


def _figures(row: Row[Any]) -> FlowFigures:
    numbers: Iterable[Any] = row[1:]
    return FlowFigures(row[0], *map(int, numbers))

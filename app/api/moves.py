"""Moves: every change of a use case's traffic, with who made it and why."""

from collections.abc import Mapping
from datetime import datetime

from flask import Response
from pydantic import Field

from app.api import codes, http
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import ByCode, Out, Page, Paging
from app.api.world import world
from app.domain.experiment import Move
from app.domain.message import Json
from app.services import moves

door = Door("moves")


class MoveOut(Out):
    """Weights in 1/10 000 by flow code (by id where the flow is gone); `inputs` reproduce the decision."""

    id: str
    at: datetime
    experiment_id: str | None
    before: dict[str, int]
    after: dict[str, int]
    phase: str
    reason: str
    actor: str = Field(description="the name of the key, or what decided by itself")
    inputs: Json
    outputs: Json


@door.get("/use-cases/<code>/moves", responses={200: Page[MoveOut]})
@scope("read")
def list_moves(path: ByCode, query: Paging) -> Response:
    """Read the moves of a use case, newest first."""
    found, following = moves.page(world(), path.code, cursor=query.cursor, limit=query.limit)
    return http.answer(Page[MoveOut](items=[_out(move) for move in found], next=following))


def _out(move: Move) -> MoveOut:
    names = codes.flow_codes(move.use_case_id)

    def by_code(weights: Mapping[str, int]) -> dict[str, int]:
        return {names.get(flow_id, flow_id): weight for flow_id, weight in weights.items()}

    return MoveOut(
        id=move.id,
        at=move.at,
        experiment_id=move.experiment_id,
        before=by_code(move.before),
        after=by_code(move.after),
        phase=move.phase,
        reason=move.reason,
        actor=move.actor,
        inputs=move.inputs,
        outputs=move.outputs,
    )

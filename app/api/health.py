"""Health: live means the process answers; ready means that it can serve and lose nothing."""

from typing import Literal

from flask import Response

from app.api import http
from app.api.door import Door
from app.api.guard import public
from app.api.payloads import Out
from app.api.world import world
from app.services import readiness

door = Door("health", prefix="/health")


class LiveOut(Out):
    """The process answers."""

    status: Literal["live"]


class ReadyOut(Out):
    """`degraded`: it serves from the last snapshot and loses nothing, but not all is well: `reasons` say what.

    `unready`: it cannot answer without losing rows, and no traffic should come here. `store` is `up`, `read-only`
    when it takes no writes, or `down`. `spool_waiting_bytes`: rows on disk that the store has not taken yet.
    `snapshot_age_s`: since the store last said that the snapshot is up to date.
    """

    status: Literal["ready", "degraded", "unready"]
    store: Literal["up", "read-only", "down"]
    reasons: list[str]
    revision: int
    snapshot_age_s: float
    journal_pending: int
    spool_waiting_bytes: int


@door.get("/live", responses={200: LiveOut}, security=[{}])
@public
def live() -> Response:
    """Whether the process answers."""
    return http.answer(LiveOut(status="live"))


@door.get("/ready", responses={200: ReadyOut, 503: ReadyOut}, security=[{}])
@public
def ready() -> Response:
    """Whether requests may come here: also without the store, as long as nothing is lost."""
    state = readiness.state(world())
    out = ReadyOut(
        status=state.status,
        store=state.store,
        reasons=list(state.reasons),
        revision=state.revision,
        snapshot_age_s=round(state.snapshot_age_s, 1),
        journal_pending=state.journal_pending,
        spool_waiting_bytes=state.spool_waiting_bytes,
    )
    return http.answer(out, 503 if state.status == "unready" else 200)

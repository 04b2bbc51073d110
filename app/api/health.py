"""Health: live means the process answers; ready means that it can serve and lose nothing."""

from typing import Literal

from flask import Response

from app.api import http
from app.api.door import Door
from app.api.guard import public
from app.api.payloads import Out
from app.api.world import world
from app.domain.errors import StoreUnavailable

door = Door("health", prefix="/health")


class LiveOut(Out):
    """The process answers."""

    status: Literal["live"]


class ReadyOut(Out):
    """`degraded`: the store is away, serving goes on from the last snapshot and rows are spooled."""

    status: Literal["ready", "degraded"]
    store: Literal["up", "down"]
    revision: int
    journal_pending: int


@door.get("/live", responses={200: LiveOut}, security=[{}])
@public
def live() -> Response:
    """Whether the process answers."""
    return http.answer(LiveOut(status="live"))


@door.get("/ready", responses={200: ReadyOut, 503: ReadyOut}, security=[{}])
@public
def ready() -> Response:
    """Whether the store answers, and how much waits to be written."""
    try:
        world().store.ping()
    except StoreUnavailable:
        return http.answer(_state("degraded", "down"), 503)
    return http.answer(_state("ready", "up"))


def _state(status: Literal["ready", "degraded"], store: Literal["up", "down"]) -> ReadyOut:
    return ReadyOut(
        status=status,
        store=store,
        revision=world().snapshots.current.revision,
        journal_pending=world().journal.figures().pending,
    )

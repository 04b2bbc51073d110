"""Each answer names its request and says how much of its time was our own."""

import re
import time
from typing import Final

from flask import Flask, Response, g, request
from pydantic import BaseModel

from app.api.world import world
from app.services import acting

REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")
JSON: Final = "application/json"
CONVERSATION: Final = "X-Conversation-Id"


def answer(out: BaseModel, status: int = 200) -> Response:
    """The payload as JSON."""
    return Response(out.model_dump_json(), status, mimetype=JSON)


def created(out: BaseModel) -> Response:
    """The payload of what has just been made."""
    return answer(out, 201)


def no_content() -> Response:
    """Nothing is left to say."""
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


def waited(latency_ms: int) -> None:
    """Book time that the present request spent waiting for models; it is not our own."""
    g.model_ms = g.get("model_ms", 0) + latency_ms


def begin() -> None:
    """Start the clock and give the request its id: the caller's if it is a good one, else a new one."""
    g.started = time.perf_counter()
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else world().new_id()


def end(response: Response) -> Response:
    """Add what every answer carries. For a stream the time is that until its first event."""
    model_ms = g.get("model_ms", 0)
    own_ms = max(0.0, (time.perf_counter() - g.started) * 1000 - model_ms)
    response.headers["X-Request-Id"] = g.request_id
    response.headers["Server-Timing"] = f"app;dur={own_ms:.1f}, model;dur={model_ms}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def register(app: Flask) -> None:
    """Surround every request with `begin` and `end`; once it is over its thread acts for nobody."""
    app.before_request(begin)
    app.after_request(end)
    app.teardown_request(lambda _: acting.be(None))

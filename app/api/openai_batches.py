"""OpenAI's batches over ours: made of an uploaded file, polled, listed, cancelled, so that its clients work here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, Literal

import orjson
from flask import Response
from pydantic import Field, StringConstraints

from app.api import batch_upload, openai_wire
from app.api.batch_payloads import BatchOptions, Window, wanted
from app.api.door import Door, problem_responses
from app.api.guard import scope
from app.api.once import once
from app.api.openai_files import ANSWERS, ANY, ERRORS, FILE, FilePath, id_of, page
from app.api.payloads import Name, Words
from app.api.world import world
from app.domain.batch import EXPIRED, Batch
from app.domain.batch import Door as Origin
from app.domain.errors import NotFound
from app.services.batches import batches, files, progress
from app.services.batches.progress import Progress
from app.services.batches.receiving import BadLines, Receiving

BATCH: Final = "batch_"
ORIGIN: Final[Origin] = "openai"
STATUSES: Final[Mapping[str, str]] = {
    "queued": "validating",
    "running": "in_progress",
    "succeeded": "completed",
    "failed": "failed",
    "cancelled": "cancelled",
}
MetaName = Annotated[str, StringConstraints(min_length=1, max_length=64)]
MetaValue = Annotated[str, StringConstraints(max_length=512)]

door = Door("openai-batches", prefix="/v1", responses=problem_responses({"type": "object"}, openai_wire.JSON))


class FileBatchIn(BatchOptions):
    """A batch of an uploaded file, whose lines all name the `endpoint`; `metadata` is kept with each call.

    The fields that OpenAI does not have are ours, and may be left out.
    """

    input_file_id: Name
    endpoint: Literal["/v1/chat/completions", "/v1/embeddings"]
    completion_window: Window = "24h"
    metadata: Annotated[dict[MetaName, MetaValue], Field(max_length=16)] | None = None


class FileBatchesQuery(Words):
    """Which part of the list: batches older than `after`."""

    after: Name | None = None
    limit: int = Field(20, ge=1, le=100)


@door.post("/batches", responses={200: dict(ANY)})
@scope("run", "write")
def create_batch(body: FileBatchIn) -> Response:
    """Make a batch of an uploaded file; its lines are checked at once."""
    return once(lambda: _create(body))


@door.get("/batches", responses={200: dict(ANY)})
@scope("read", "run")
def list_file_batches(query: FileBatchesQuery) -> Response:
    """List the batches that were made by this door, newest first."""
    after = None if query.after is None else id_of(query.after, BATCH, "batch", field="after")
    found = batches.after(world(), after, door=ORIGIN, limit=query.limit + 1)
    return _json(page([of_batch(each) for each in found[: query.limit]], more=len(found) > query.limit))


@door.get("/batches/<id>", responses={200: dict(ANY)})
@scope("read", "run")
def get_batch(path: FilePath) -> Response:
    """Read how far a batch is."""
    return _json(of_batch(_own(path.id)))


@door.post("/batches/<id>/cancel", responses={200: dict(ANY)})
@scope("run", "write")
def cancel_file_batch(path: FilePath) -> Response:
    """Stop it; what is answered stays."""
    now = _own(path.id)
    batches.cancel(world(), now.batch.id)
    return _json(of_batch(progress.of(world(), now.batch.id)))


def of_batch(now: Progress) -> dict[str, object]:
    """A `batch`; its files are there once it is over."""
    batch, standing = now.batch, now.standing
    status = "expired" if batch.error == EXPIRED else STATUSES[batch.status]
    told: dict[str, object] = {
        "id": BATCH + batch.id,
        "object": "batch",
        "endpoint": batch.endpoint,
        "model": None,
        "errors": _errors(batch),
        "input_file_id": None if batch.file_id is None else FILE + batch.file_id,
        "completion_window": "24h",
        "status": status,
        "output_file_id": ANSWERS + batch.id if batch.over and standing.answered > standing.failed else None,
        "error_file_id": ERRORS + batch.id if batch.over and _left(now) else None,
        "created_at": _seconds(batch.created_at),
        "in_progress_at": _seconds(batch.started_at),
        "expires_at": _seconds(batch.deadline),
        "finalizing_at": None,
        "cancelling_at": None,
    }
    for name in ("completed", "failed", "expired", "cancelled"):
        told[f"{name}_at"] = _seconds(batch.ended_at) if status == name else None
    completed = standing.answered - standing.failed
    told["request_counts"] = {"total": standing.lines, "completed": completed, "failed": standing.failed}
    told["metadata"] = dict(batch.tags) or None
    return told


def _create(body: FileBatchIn) -> Response:
    file_id = id_of(body.input_file_id, FILE, "file", field="input_file_id")
    wish = wanted(body, deadline=None, tags=body.metadata or {}, door=ORIGIN, endpoint=body.endpoint, file_id=file_id)
    try:
        content = files.content(world(), file_id)
    except NotFound:
        raise NotFound("file", body.input_file_id, field="input_file_id") from None
    with Receiving(world(), wish) as receiving:
        batch_upload.take_lines(receiving, content, endpoint=body.endpoint)
        try:
            made = receiving.finish()
        except BadLines as error:
            raise batch_upload.refusal(error, root="lines", first=1) from None
    return _json(of_batch(progress.of(world(), made.id)))


def _own(id: str) -> Progress:
    now = progress.of(world(), id_of(id, BATCH, "batch"))
    if now.batch.door != ORIGIN:
        raise NotFound("batch", id)
    return now


def _left(now: Progress) -> bool:
    """Whether some of its lines have no answer."""
    return now.standing.failed > 0 or now.standing.answered < now.standing.lines


def _errors(batch: Batch) -> dict[str, object] | None:
    """Why it stopped, and which lines were left out."""
    found: list[dict[str, object]] = [
        {"code": "invalid_line", "line": bad.line, "message": bad.message, "param": bad.field}
        for bad in batch.skipped_lines
    ]
    if batch.status == "failed" and batch.error is not None:
        told = "the batch stopped before all of its lines were asked"
        found.append({"code": batch.error.replace("-", "_"), "line": None, "message": told, "param": None})
    return {"object": "list", "data": found} if found else None


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def _json(told: dict[str, object]) -> Response:
    return Response(orjson.dumps(told), mimetype=openai_wire.JSON)

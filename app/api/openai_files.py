"""OpenAI's files, as far as batches need them: uploaded, read, deleted; what a batch came to is a file too."""

from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Final, Literal
from uuid import UUID

import orjson
from flask import Response, request
from pydantic import Field, StringConstraints
from werkzeug.datastructures import FileStorage

from app.api import batch_answers, guard, openai_wire
from app.api.door import Door, problem_responses
from app.api.guard import scope
from app.api.payloads import Name, Words
from app.api.world import world
from app.domain.batch import Batch, BatchFile, Line
from app.domain.errors import Invalid, NotFound
from app.services.batches import batches, files

FILE: Final = "file-"
ANSWERS: Final = "file-answers-"
ERRORS: Final = "file-errors-"
PIECE: Final = 262_144
FORM: Final = 65_536  # bytes of a form beside its file
ANY: Final[dict[str, object]] = {"content": {openai_wire.JSON: {"schema": {"type": "object"}}}}
CONTENT: Final[dict[str, object]] = {"content": {"application/octet-stream": {"schema": {"type": "string"}}}}
UPLOAD: Final[dict[str, object]] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file", "purpose"],
                "properties": {
                    "file": {"type": "string", "format": "binary"},
                    "purpose": {"type": "string", "enum": ["batch"]},
                },
            }
        }
    },
}

door = Door("openai-files", prefix="/v1", responses=problem_responses({"type": "object"}, openai_wire.JSON))


class FilePath(Words):
    """A file by id."""

    id: Name


class FilesQuery(Words):
    """Which part of the list: files older than `after`."""

    after: Name | None = None
    limit: int = Field(100, ge=1, le=10_000)
    order: Literal["desc"] = "desc"
    purpose: Annotated[str, StringConstraints(max_length=64)] | None = None


@door.post("/files", responses={200: dict(ANY)}, openapi_extensions={"requestBody": UPLOAD})
@scope("run", "write")
def upload_file() -> Response:
    """Upload the lines of a batch, as a form with `file` and `purpose` batch."""
    request.max_content_length = world().policy.batch_max_bytes + FORM
    sent = request.files.get("file")
    if sent is None:
        raise Invalid("a form with a file is expected", field="file")
    unknown = sorted(request.form.keys() - {"purpose"}, key=str)  # a part may have no name at all
    if unknown:
        raise Invalid("unknown field", field=(unknown[0] or "")[:100])
    stored = files.upload(
        world(),
        _pieces(sent),
        name=_name(sent.filename),
        purpose=request.form.get("purpose", ""),
        key_id=guard.key().id,
    )
    return _json(of_file(stored))


@door.get("/files", responses={200: dict(ANY)})
@scope("read", "run")
def list_files(query: FilesQuery) -> Response:
    """List uploaded files, newest first."""
    after = None if query.after is None else id_of(query.after, FILE, "file", field="after")
    found = files.after(world(), after, purpose=query.purpose, limit=query.limit + 1)
    return _json(page([of_file(each) for each in found[: query.limit]], more=len(found) > query.limit))


@door.get("/files/<id>", responses={200: dict(ANY)})
@scope("read", "run")
def get_file(path: FilePath) -> Response:
    """Read about one file."""
    made = _made(path.id)
    if made is None:
        return _json(of_file(files.get(world(), id_of(path.id, FILE, "file"))))
    batch, lines = made
    size = sum(map(len, batch_answers.jsonl(batch, lines())))
    ended = batch.ended_at or batch.created_at
    return _json(_told(path.id, size, int(ended.timestamp()), f"{path.id}.jsonl", "batch_output"))


@door.get("/files/<id>/content", responses={200: dict(CONTENT)})
@scope("read", "run")
def get_file_content(path: FilePath) -> Response:
    """Read the file itself."""
    made = _made(path.id)
    if made is None:
        content: Iterable[bytes] = files.content(world(), id_of(path.id, FILE, "file"))
    else:
        batch, lines = made
        content = batch_answers.jsonl(batch, lines())
    return Response(content, mimetype="application/octet-stream")


@door.delete("/files/<id>", responses={200: dict(ANY)})
@scope("run", "write")
def delete_file(path: FilePath) -> Response:
    """Delete an uploaded file. What a batch came to goes with the batch."""
    files.delete(world(), id_of(path.id, FILE, "file"))
    return _json({"id": path.id, "object": "file", "deleted": True})


def id_of(given: str, prefix: str, noun: str, *, field: str | None = None) -> str:
    """The id behind OpenAI's. Raises NotFound for one that cannot be one."""
    try:
        if given.startswith(prefix):
            return str(UUID(given.removeprefix(prefix)))
    except ValueError:
        pass
    raise NotFound(noun, given, field=field)


def page(found: list[dict[str, object]], *, more: bool) -> dict[str, object]:
    """A `list` in OpenAI's shape."""
    ids = [each["id"] for each in found]
    return {
        "object": "list",
        "data": found,
        "first_id": ids[0] if ids else None,
        "last_id": ids[-1] if ids else None,
        "has_more": more,
    }


def of_file(file: BatchFile) -> dict[str, object]:
    """A `file`."""
    return _told(FILE + file.id, file.size, int(file.created_at.timestamp()), file.name, file.purpose)


def _made(id: str) -> tuple[Batch, Callable[[], Iterator[Line]]] | None:
    """The batch whose answers or errors the file holds, and its lines; None for an uploaded file. Raises NotFound."""
    prefix = next((each for each in (ANSWERS, ERRORS) if id.startswith(each)), None)
    if prefix is None:
        return None
    served = world()
    batch = batches.get(served, id_of(id, prefix, "file"))
    if not batch.over:
        raise NotFound("file", id)
    if prefix == ANSWERS:
        return batch, lambda: batches.done(served, batch.id, failed=False)
    return batch, lambda: batches.without_answer(served, batch)


def _told(id: str, size: int, created: int, name: str, purpose: str) -> dict[str, object]:
    return {
        "id": id,
        "object": "file",
        "bytes": size,
        "created_at": created,
        "filename": name,
        "purpose": purpose,
        "status": "processed",
        "expires_at": None,
        "status_details": None,
    }


def _pieces(sent: FileStorage) -> Iterator[bytes]:
    while piece := sent.stream.read(PIECE):
        yield piece


def _name(given: str | None) -> str:
    """The name without what no name holds."""
    return "".join(each for each in given or "" if each.isprintable())[:255] or "batch.jsonl"


def _json(told: dict[str, object]) -> Response:
    return Response(orjson.dumps(told), mimetype=openai_wire.JSON)

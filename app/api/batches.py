"""Batches: many questions submitted at once, followed while they are answered, read line by line, cancelled."""

from collections.abc import Generator, Iterator
from itertools import islice
from typing import Final

from flask import Response, request
from werkzeug.exceptions import UnsupportedMediaType

from app.api import batch_answers, batch_upload, http, problems, sse
from app.api.batch_payloads import BatchesQuery, BatchIn, BatchOut, BatchQuery, LinesQuery
from app.api.batch_upload import JSONL, Upload
from app.api.door import Door
from app.api.guard import scope
from app.api.once import once
from app.api.payloads import ById, Page
from app.api.problems import Problem
from app.api.world import world
from app.domain.batch import Batch, Line
from app.domain.errors import Invalid
from app.services.batches import batches, progress
from app.services.batches.receiving import BadLines, Receiving
from app.services.departure import Departure
from app.services.world import World

door = Door("batches")

RETRY: Final = b"retry: 2000\n\n"  # milliseconds until a browser comes again
STREAM: Final = {sse.MIMETYPE: {"schema": {"type": "string"}}}
LINES: Final = {batch_answers.MIMETYPE: {"schema": {"type": "string"}}}
OPTIONS: Final = tuple(name for name in BatchQuery.model_fields)
BODY: Final[dict[str, object]] = {
    "required": True,
    "content": {
        http.JSON: {"schema": BatchIn.model_json_schema()},
        **{mimetype: {"schema": {"type": "string"}} for mimetype in JSONL},
    },
}


@door.post("/batches", responses={201: BatchOut}, openapi_extensions={"requestBody": BODY})
@scope("run", "write")
def make_batch(query: BatchQuery) -> Response:
    """Submit a batch: JSON with its options inside, or JSONL with its options in the query."""
    if request.mimetype in JSONL:
        return _of_lines(query)
    if request.mimetype != http.JSON:
        raise UnsupportedMediaType(f"{http.JSON} or {JSONL[0]} is expected")
    for name in OPTIONS:
        if name in request.args:
            raise Invalid("beside a JSON body options stand in it", field=name)
    return _of_requests(batch_upload.json_body())


@door.get("/batches", responses={200: Page[BatchOut]})
@scope("read", "run")
def list_batches(query: BatchesQuery) -> Response:
    """Read batches, newest first."""
    found, following = batches.page(world(), status=query.status, cursor=query.cursor, limit=query.limit)
    return http.answer(Page[BatchOut](items=[BatchOut.of(each) for each in found], next=following))


@door.get("/batches/<id>", responses={200: BatchOut})
@scope("read", "run")
def read_batch(path: ById) -> Response:
    """Read how far a batch is."""
    return http.answer(BatchOut.of(progress.of(world(), str(path.id))))


@door.get("/batches/<id>/answers", responses={200: {"description": "OK", "content": LINES}})
@scope("read", "run")
def read_lines(path: ById, query: LinesQuery) -> Response:
    """Read the lines that are done as JSONL, in the order in which they were, also while it runs."""
    batch = batches.get(world(), str(path.id))
    found = batches.done(world(), batch.id, after=query.after, failed=query.failed)
    return jsonl(batch, islice(found, query.limit))


@door.get("/batches/<id>/errors", responses={200: {"description": "OK", "content": LINES}})
@scope("read", "run")
def read_errors(path: ById) -> Response:
    """Read the lines that have an error as JSONL, then those that were never asked."""
    batch = batches.get(world(), str(path.id))
    return jsonl(batch, batches.without_answer(world(), batch))


@door.get("/batches/<id>/events", responses={200: {"description": "OK", "content": STREAM}})
@scope("read", "run")
def follow_batch(path: ById) -> Response:
    """Follow how far a batch is, as server-sent events, until it is over."""
    now = progress.of(world(), str(path.id))
    departure = Departure()
    world().listeners.enter()
    frames = _frames(world(), now.batch.id, departure)
    return sse.respond(frames, departure, on_failure=sse.error_frame(problems.request_id()))


@door.post("/batches/<id>/cancel", responses={200: BatchOut})
@scope("run", "write")
def cancel_batch(path: ById) -> Response:
    """Stop it; calls under way are hung up, and what is answered stays."""
    batch = batches.cancel(world(), str(path.id))
    return http.answer(BatchOut.of(progress.of(world(), batch.id)))


@door.delete("/batches/<id>", responses={204: None})
@scope("run", "write")
def delete_batch(path: ById) -> Response:
    """Forget it with its lines and answers; its calls stay on the books."""
    batches.delete(world(), str(path.id))
    return http.no_content()


def jsonl(batch: Batch, lines: Iterator[Line]) -> Response:
    """The lines as they are read from the store; a failure on the way becomes the last line."""
    instance = problems.request_id()

    def tell(problem: Problem) -> bytes:
        return b'{"id":null,"custom_id":null,"response":null,"error":' + problems.body(problem, instance) + b"}\n"

    frames = problems.until_failure(batch_answers.jsonl(batch, lines), tell, instance)
    return Response(frames, mimetype=batch_answers.MIMETYPE)


def _of_lines(query: BatchQuery) -> Response:
    upload = Upload()
    with Receiving(world(), query.wanted()) as receiving:
        batch_upload.take_lines(receiving, upload.pieces())
        return once(lambda: _made(receiving, "lines", first=1), digest=upload.digest)


def _of_requests(body: BatchIn) -> Response:
    def make() -> Response:
        with Receiving(world(), body.wanted()) as receiving:
            batch_upload.take_requests(receiving, body)
            return _made(receiving, "requests", first=0)

    return once(make)


def _made(receiving: Receiving, root: str, *, first: int) -> Response:
    try:
        made = receiving.finish()
    except BadLines as error:
        raise batch_upload.refusal(error, root=root, first=first) from None
    return http.created(BatchOut.of(progress.of(world(), made.id)))


def _frames(served: World, batch_id: str, departure: Departure) -> Generator[bytes]:
    """Runs in a thread of its own, which begins at once and gives the listener's place back."""
    try:
        yield RETRY
        for each in progress.follow(served, batch_id, departure):
            told = BatchOut.of(each).model_dump_json().encode()
            yield sse.frame("progress", told)
            if each.batch.over:
                yield sse.frame("end", told)
    finally:
        served.listeners.leave()

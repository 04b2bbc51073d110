"""Answers of batches as JSONL: each line in the shape of OpenAI's output files, with the body that its door gives."""

from collections.abc import Iterable, Iterator
from typing import Final

import orjson

from app.api import openai_wire
from app.api.answers import RunAnswerOut, answer_out
from app.api.problems import STATUSES, Problem
from app.domain import errors
from app.domain.batch import Batch, Line, LineError, Shape
from app.services.batches import answers
from app.services.batches.answers import Embedded, Ran
from app.services.direct import Answered

MIMETYPE: Final = "application/jsonl"
NATIVE: Final[tuple[Shape, ...]] = ("model", "use-case")


def jsonl(batch: Batch, lines: Iterable[Line]) -> Iterator[bytes]:
    """A line of JSON for each."""
    for line in lines:
        yield line_of(batch, line) + b"\n"


def line_of(batch: Batch, line: Line) -> bytes:
    """`turn` is by what reading goes on; a line that was never asked has no response but an error."""
    told: dict[str, object] = {
        "id": f"batch_req_{batch.id.replace('-', '')}_{line.place}",
        "custom_id": line.custom_id,
        "turn": line.turn,
        "line": line.line,
    }
    if not line.done:
        error = line.error or LineError("Conflict", "batch-failed", "this line was not asked")
        return orjson.dumps(told | {"response": None, "error": {"code": _code(line, error), "message": error.message}})
    status, request_id, body = _failed(line, line.error) if line.error is not None else _answered(line)
    response = {"status_code": status, "request_id": request_id, "body": orjson.Fragment(body)}
    return orjson.dumps(told | {"response": response, "error": None})


def problem_of(error: LineError) -> Problem:
    """The problem that the line's door would have answered."""
    kind: type[errors.ModelMatchError] = getattr(errors, error.kind, errors.ModelMatchError)
    status, title = next(STATUSES[known] for known in kind.__mro__ if known in STATUSES)
    return Problem(status, title, error.code, error.message, error.field)


def _failed(line: Line, error: LineError) -> tuple[int, str, bytes]:
    problem, request_id = problem_of(error), line.custom_id
    if line.shape in NATIVE:
        return problem.status, request_id, orjson.dumps(problem.members(request_id))
    status, body = openai_wire.error_body(problem)
    return status, request_id, orjson.dumps(body)


def _answered(line: Line) -> tuple[int, str, bytes]:
    told = answers.decode(line.answer or {})
    created = int(line.ended_at.timestamp()) if line.ended_at is not None else 0
    if isinstance(told, Embedded):
        return 200, told.call.id, openai_wire.embeddings(told.found, model=told.model, encoded=told.encoded)
    whole, ran = told.whole, told.ran
    request_id = (whole.call_id or line.custom_id) if ran is None else ran.run_id
    if line.shape not in NATIVE:
        named = f"chatcmpl-{request_id}"
        body = openai_wire.completion(whole.reply, whole.usage, id=named, model=whole.model, created=created)
        return 200, request_id, body
    out = answer_out(whole) if ran is None else _run_answer(whole, ran)
    return 200, request_id, out.model_dump_json().encode()


def _run_answer(whole: Answered, ran: Ran) -> RunAnswerOut:
    own = dict(answer_out(whole)) | {"latency_ms": ran.latency_ms}
    return RunAnswerOut(
        **own,
        use_case=ran.use_case,
        correlation_id=ran.correlation_id,
        session_id=ran.session_id,
        run_id=ran.run_id,
        flow=ran.flow,
        flow_version=ran.flow_version,
        reassigned=ran.reassigned,
        forced=ran.forced,
        outputs=dict(ran.outputs),
    )


def _code(line: Line, error: LineError) -> str:
    """OpenAI writes codes with underscores."""
    return error.code if line.shape in NATIVE else error.code.replace("-", "_")

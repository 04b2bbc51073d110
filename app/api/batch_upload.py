"""Batches arrive as JSON in one body, or as JSONL that is read line by line and never held whole."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final

from flask import request
from pydantic import ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from app.api import batch_lines, bodies, problems
from app.api.batch_payloads import BatchIn
from app.api.faults import Fault
from app.api.problems import Malformed, Problem
from app.api.world import world
from app.domain import errors
from app.domain.batch import LONGEST_LINE
from app.services.batches.receiving import BadLines, Receiving

JSONL: Final = ("application/jsonl", "application/x-jsonlines", "application/x-ndjson", "application/ndjson")
PIECE: Final = 65_536
TITLE: Final = "Lines are broken"


class Upload:
    """The bytes of the present request, as they come; `digest` once they were read."""

    def __init__(self) -> None:
        request.max_content_length = world().policy.batch_max_bytes
        if (request.content_length or 0) > world().policy.batch_max_bytes:
            raise _too_large()
        self._hash = hashlib.sha256(b"\n".join((request.method.encode(), request.full_path.encode(), b"")))

    def pieces(self) -> Iterator[bytes]:
        """Raises RequestEntityTooLarge (413) as soon as there are more than may be."""
        left = world().policy.batch_max_bytes
        while piece := request.stream.read(PIECE):
            left -= len(piece)
            if left < 0:
                raise _too_large()
            self._hash.update(piece)
            yield piece

    @property
    def digest(self) -> str:
        """What makes two uploads one: method, path and query, and body."""
        return self._hash.hexdigest()


def lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Lines without their ends. Of one that is longer than may be the beginning is kept, which is longer too."""
    begun = bytearray()
    for piece in pieces:
        first, *others = piece.split(b"\n")
        if len(begun) <= LONGEST_LINE:
            begun += first
        if others:
            yield bytes(begun)
            *whole, rest = others
            yield from whole
            begun = bytearray(rest)
    if begun:
        yield bytes(begun)


def take_lines(receiving: Receiving, pieces: Iterable[bytes], *, endpoint: str | None = None) -> None:
    """Give every line to the batch. Raises Invalid for more than may be."""
    for number, raw in enumerate(lines(pieces), 1):
        line = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
        batch_lines.take(receiving, number, line, endpoint=endpoint)


def take_requests(receiving: Receiving, body: BatchIn) -> None:
    """Give every request of a JSON body to the batch; they count as lines."""
    for number, given in enumerate(body.requests, 1):
        batch_lines.take_parsed(receiving, number, given, size=0)


def json_body() -> BatchIn:
    """The JSON body. Raises Malformed naming what has another shape than it should."""
    given = bodies.read()
    try:
        return BatchIn.model_validate(given)
    except ValidationError as error:
        raise Malformed(problems.of_validation(error, given)) from None


def refusal(error: BadLines, *, root: str, first: int) -> Malformed:
    """The problem that names every broken line, up to a bound, as `root[<line>].<field>`, counted from `first`."""
    faults = tuple(Fault(f"{root}[{bad.line - 1 + first}].{bad.field}", bad.message) for bad in error.bad)
    return Malformed(Problem(422, TITLE, errors.Invalid.code, error.message, faults[0].field, faults))


def _too_large() -> Exception:
    return RequestEntityTooLarge(bodies.TOO_LARGE.format(world().policy.batch_max_bytes))

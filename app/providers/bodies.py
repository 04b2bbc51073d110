"""A body is read as it arrives, against a deadline, whether it is framed in chunks, by length or by the end."""

from collections.abc import Iterator
from time import monotonic

import urllib3

PIECE_BYTES = 64 * 1024


def pieces(answer: urllib3.BaseHTTPResponse, *, deadline: float, decode: bool = False) -> Iterator[bytes]:
    """Pieces of the body, none held back for more to come; `decode` undoes the content's compression.

    Raises urllib3's TimeoutError when a piece comes after `deadline` (on the monotonic clock), and its other errors
    when the body ends early.
    """
    for piece in _read(answer, decode):
        if monotonic() > deadline:
            raise urllib3.exceptions.TimeoutError("the whole answer took too long")
        yield piece


def is_timeout(error: Exception) -> bool:
    """Whether urllib3 ran out of time; a refused connection is one of its timeouts by class, and none in fact."""
    return isinstance(error, urllib3.exceptions.TimeoutError) and not isinstance(
        error, urllib3.exceptions.NewConnectionError
    )


def _read(answer: urllib3.BaseHTTPResponse, decode: bool) -> Iterator[bytes]:
    if answer.chunked:
        yield from answer.read_chunked(PIECE_BYTES, decode_content=decode)
        return
    while piece := answer.read1(PIECE_BYTES, decode_content=decode):
        yield piece

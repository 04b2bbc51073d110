"""A body is read as it arrives, in bounded pieces, whether it is framed in chunks, by length or by the end."""

from collections.abc import Iterator
from http.client import HTTPException

import urllib3

PIECE_BYTES = 64 * 1024
MAX_ERROR_BYTES = 64 * 1024


def pieces(answer: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    """Pieces of the body without its compression, each of at most 64 KiB, none held back for more to come.

    Raises urllib3's errors when the body ends early or is not what its headers say.
    """
    try:
        yield from _read(answer)
    except ValueError as error:  # a chunk of a negative size, which urllib3 does not look for
        raise urllib3.exceptions.ProtocolError("no frame of a body") from error


def beginning(answer: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    """The first 64 KiB of the body of an error; what stands after them is not read, and the connection not kept."""
    left = MAX_ERROR_BYTES
    for piece in pieces(answer):
        yield piece[:left]
        left -= len(piece)
        if left <= 0:
            answer.close()
            return


def is_timeout(error: Exception) -> bool:
    """Whether urllib3 ran out of time; a refused connection is one of its timeouts by class, and none in fact."""
    return isinstance(error, urllib3.exceptions.TimeoutError) and not isinstance(
        error, urllib3.exceptions.NewConnectionError
    )


def is_garbled(error: Exception) -> bool:
    """Whether something answered, but not in HTTP; a connection that ended without a word is none of these."""
    causes = [cause for cause in error.args if isinstance(cause, HTTPException)]
    return any(not isinstance(cause, ConnectionError) for cause in causes)


def _read(answer: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    if answer.chunked:
        yield from answer.read_chunked(PIECE_BYTES, decode_content=True)
        return
    while piece := answer.read1(PIECE_BYTES, decode_content=True):
        yield piece

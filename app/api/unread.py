"""A refusal may come before the request's body was read: then the connection is kept usable, or said to be closed."""

from typing import IO, Final

from flask import Flask, Response, g, request

PIECE: Final = 65_536
DRAINED: Final = 67_108_864  # bytes that are read and thrown away at most


def settle(response: Response) -> Response:
    """Read on for whoever showed a good key, up to a bound; tell all others that the connection ends here.

    A server closes a connection whose request it has not read whole. A client that has just been answered would find
    that out only by its next request failing; one that is still sending might never see the answer. Strangers are not
    read on for: one that sends nothing more would hold a thread.
    """
    if "stream" in vars(request):  # whoever reads a body, also as a form, reads it through here and to its end
        return response
    chunked = "Transfer-Encoding" in request.headers
    length = request.content_length or 0
    if not (length or chunked):
        return response
    if chunked or "key" not in g or not _drained(request.environ["wsgi.input"], length):
        response.headers["Connection"] = "close"
    return response


def register(app: Flask) -> None:
    """Look at every answer."""
    app.after_request(settle)


def _drained(stream: IO[bytes], length: int) -> bool:
    """Whether all of it was read within the bound."""
    left = min(length, DRAINED)
    while left > 0 and (piece := stream.read(min(left, PIECE))):
        left -= len(piece)
    return length <= DRAINED

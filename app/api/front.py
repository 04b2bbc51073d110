"""The front: whoever comes to the bare address with a browser is shown the way to the pages."""

from typing import Final

from flask import Flask, redirect, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.api.guard import public

PAGES: Final = "/admin/"


def register(app: Flask) -> None:
    """Answer the bare address."""
    app.add_url_rule("/", "front", _front)


@public
def _front() -> Response:
    """Browsers ask for HTML by name; to all others there is nothing here."""
    if "text/html" not in request.accept_mimetypes.values():
        raise NotFound
    return redirect(PAGES, 303)

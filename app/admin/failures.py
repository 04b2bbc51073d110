"""Failures of pages are pages too: they say what happened and where to go on."""

import logging
from collections.abc import Mapping
from typing import Final

from flask import Flask, make_response, render_template
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from app.domain import errors

log = logging.getLogger(__name__)

STATUSES: Final[Mapping[type[errors.ModelMatchError], tuple[int, str]]] = {
    errors.ModelMatchError: (500, "Something went wrong"),
    errors.Invalid: (422, "This cannot be meant"),
    errors.NotFound: (404, "There is no such thing"),
    errors.Conflict: (409, "Not in the present state"),
    errors.Unauthenticated: (401, "Please log in"),
    errors.Forbidden: (403, "Your key does not open this"),
    errors.LimitExceeded: (429, "Please wait"),
    errors.StoreUnavailable: (503, "The database is away"),
}
DEFECT: Final = "The service made a mistake. Its log says more."
HTTP: Final = {404: "There is no such page", 405: "Not in this way", 413: "That is too much"}


def of_error(error: errors.ModelMatchError) -> Response:
    """The page of one of our errors."""
    status, title = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    answer = _page(status, title, error.message)
    if status == 503:
        answer.headers["Retry-After"] = "1"
    return answer


def of_http(error: HTTPException) -> Response | HTTPException:
    """The page of what HTTP refuses; redirects pass."""
    status = error.code or 500
    return error if status < 400 else _page(status, HTTP.get(status, "This cannot be done"), None)


def of_defect(error: Exception) -> Response:
    """The page of a defect of ours, which is logged whole and told without any of it."""
    log.error("page_failed", extra={"error": type(error).__name__}, exc_info=error)
    return _page(500, "Something went wrong", DEFECT)


def register(app: Flask) -> None:
    """Answer every failure with a page."""
    app.register_error_handler(errors.ModelMatchError, of_error)
    app.register_error_handler(HTTPException, of_http)
    app.register_error_handler(Exception, of_defect)


def _page(status: int, title: str, told: str | None) -> Response:
    return make_response(render_template("failure.html", status=status, title=title, told=told), status)

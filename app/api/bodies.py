"""A body is JSON within limits before any payload looks at it: UTF-8, finite numbers, few levels, no control codes."""

import re
from typing import Final

import orjson
from flask import request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from app.domain.errors import Invalid

MAX_DEPTH: Final = 64
TOO_LARGE: Final = "the body is over the limit of {} bytes"
# Control characters stand in valid JSON only escaped (DEL also bare); most bodies have none and are not walked.
SUSPICIOUS: Final = re.compile(rb"\\[bf]|\\u00[01]|\\u007[fF]|\x7f")
CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def read(*, optional: bool = False) -> object:
    """The parsed body of the present request; where it is `optional` an absent or empty one is an empty object.

    Raises UnsupportedMediaType (415), RequestEntityTooLarge (413), BadRequest (400), Invalid (422) naming the field
    that holds a control character.
    """
    if optional and not _raw():
        return {}
    if not (request.mimetype == "application/json" or request.mimetype.endswith("+json")):
        raise UnsupportedMediaType
    return parsed(_raw())


def parsed(raw: bytes, *, what: str = "the body") -> object:
    """The JSON in `raw`. Raises BadRequest, Invalid (422) naming the field that holds a control character."""
    try:
        found: object = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"{what} is not JSON: {_where(error)}") from None
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH or SUSPICIOUS.search(raw):
        _check(found, ())
    return found


def read_text() -> str:
    """The present request's body as plain text in UTF-8, of at least one character.

    Raises UnsupportedMediaType (415), RequestEntityTooLarge (413), BadRequest (400), Invalid (422).
    """
    if request.mimetype not in ("", "text/plain"):
        raise UnsupportedMediaType("a body of type text/plain is expected")
    try:
        text = _raw().decode()
    except UnicodeDecodeError:
        raise BadRequest("the body is not UTF-8") from None
    if not text:
        raise Invalid("a value is required", field="body")
    if CONTROL.search(text):
        raise Invalid("control characters are not allowed", field="body")
    return text


def refuse_control(values: dict[str, str]) -> None:
    """Raises Invalid when a parameter of path or query holds a control character."""
    for name, value in values.items():
        if CONTROL.search(value):
            raise Invalid("control characters are not allowed", field=name)


def _raw() -> bytes:
    """All bytes. One without a length is cut off by werkzeug at the limit, in silence; here that is a refusal."""
    limit = request.max_content_length
    if limit is not None and (request.content_length or 0) > limit:
        raise RequestEntityTooLarge(TOO_LARGE.format(limit))
    raw = request.get_data(cache=True)
    if limit is not None and not request.content_length and len(raw) >= limit:
        raise RequestEntityTooLarge(TOO_LARGE.format(limit))
    return raw


def _where(error: orjson.JSONDecodeError) -> str:
    reason = error.msg.partition(": line")[0]
    return f"{reason} at line {error.lineno}, column {error.colno}"


def _check(value: object, path: tuple[int | str, ...]) -> None:
    if len(path) > MAX_DEPTH:
        raise BadRequest(f"the body is nested deeper than {MAX_DEPTH} levels")
    match value:
        case str() if CONTROL.search(value):
            raise Invalid("control characters are not allowed", field=_name(path))
        case list():
            for position, item in enumerate(value):
                _check(item, (*path, position))
        case dict():
            for key, item in value.items():
                if CONTROL.search(key):
                    raise Invalid("control characters are not allowed in a field's name", field=_name(path))
                _check(item, (*path, key))


def _name(path: tuple[int | str, ...]) -> str:
    shown = ""
    for part in path:
        shown += f"[{part}]" if isinstance(part, int) else f".{part}" if shown else part
    return shown or "body"

"""A POST that costs money is done once per Idempotency-Key: a repeat gets the first answer again."""

import hashlib
import logging
from collections.abc import Callable
from typing import Final

from flask import Response, request

from app.api import guard, http, problems
from app.api.world import world
from app.domain.errors import Invalid, StoreUnavailable
from app.services import idempotency

log = logging.getLogger(__name__)

HEADER: Final = "Idempotency-Key"
LONGEST: Final = 255
REPLAYED: Final = "Idempotency-Replayed"


def once(produce: Callable[[], Response], *, streamed: bool = False) -> Response:
    """What `produce` answers, or its earlier answer to the same key, body and path.

    Failures are not kept: the key is free again. Raises Invalid for a bad key, one used for another request, or one
    beside a stream; Conflict while the first request is under way.
    """
    idem_key = given_key()
    if idem_key is None:
        return produce()
    if streamed:
        raise Invalid("a stream cannot be replayed; leave the key or the stream out", field=HEADER)
    key_id = guard.key().id
    stored = idempotency.claim(world(), key_id, idem_key, request_digest=_digest())
    if stored is None:
        return _kept(key_id, idem_key, produce)
    response = Response(stored.response, stored.status, mimetype=http.JSON)
    response.headers[REPLAYED] = "true"
    return response


def given_key() -> str | None:
    """The key that the request carries, None without one. Raises Invalid for a bad one."""
    idem_key = request.headers.get(HEADER)
    if idem_key is not None and not (1 <= len(idem_key) <= LONGEST and idem_key.isprintable()):
        raise Invalid(f"1 to {LONGEST} printable characters are expected", field=HEADER)
    return idem_key


def _kept(key_id: str, idem_key: str, produce: Callable[[], Response]) -> Response:
    settled = False
    try:
        response = produce()
        settled = _settle(key_id, idem_key, response)
        return response
    finally:
        if not settled:
            _release(key_id, idem_key)


def _settle(key_id: str, idem_key: str, response: Response) -> bool:
    """Whether the answer is kept. It was paid for, so it leaves even when the store cannot keep it for repeats."""
    try:
        idempotency.settle(world(), key_id, idem_key, status=response.status_code, body=response.get_data(as_text=True))
    except StoreUnavailable:
        log.warning("idempotency_not_kept", extra={"request_id": problems.request_id()})
    return True


def _release(key_id: str, idem_key: str) -> None:
    try:
        idempotency.release(world(), key_id, idem_key)
    except StoreUnavailable:
        log.warning("idempotency_not_released", extra={"request_id": problems.request_id()})


def _digest() -> str:
    sent = b"\n".join((request.method.encode(), request.full_path.encode(), request.get_data(cache=True)))
    return hashlib.sha256(sent).hexdigest()

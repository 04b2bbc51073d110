"""A POST that costs money is done once per Idempotency-Key: a repeat gets the first answer again."""

import hashlib
import logging
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Final

from flask import Response, request

from app.api import guard, http, sse
from app.api.world import world
from app.domain.errors import Invalid, StoreUnavailable
from app.services import idempotency
from app.services.idempotency import MAX_KEPT, Held

log = logging.getLogger(__name__)

HEADER: Final = idempotency.HEADER
LONGEST: Final = 255
REPLAYED: Final = "Idempotency-Replayed"
OURS: Final = "X-MM-"  # headers that tell of the answer, and so belong to it

Tap = Callable[[Generator[bytes]], Generator[bytes]]


def once(produce: Callable[[], Response], *, texts: bool = False, digest: str | None = None) -> Response:
    """What `produce` answers, or its earlier answer to the same key, body and path.

    With `texts` the answer holds what a model said: where texts are not kept, a repeat is told so. Failures are not
    kept: the key is free again. Raises Invalid for a bad key; Conflict for one used for another request, one whose
    first request is still under way after a run's time, or whose answer was not kept. `digest` stands for a body that
    was read piece by piece.
    """
    known = _known(digest)
    if known is None:
        return produce()
    if isinstance(known, Response):
        return known
    settled = False
    try:
        response = produce()
        body = response.get_data(as_text=True) if _may_keep(texts) else None
        _settle(known, response.status_code, body, mimetype=response.mimetype, headers=_ours(response))
        settled = True
        return response
    finally:
        if not settled:
            _release(known)


def once_streamed(produce: Callable[[Tap], Response], *, mimetype: str = sse.MIMETYPE, last: bytes | None) -> Response:
    """The same of a stream, which `produce` makes of frames that have gone through the tap it is given.

    The answer is kept before the frame leaves that holds `last`, or before the stream ends where there is none. A
    stream that is cut short frees its key. Raises as `once`.
    """
    known = _known()
    if known is None:
        return produce(_untouched)
    if isinstance(known, Response):
        return known
    begun = False
    try:
        response = produce(lambda frames: _tapped(known, frames, _Kept(_may_keep(True)), mimetype, last))
        begun = True
        return response
    finally:
        if not begun:
            _release(known)


def given_key() -> str | None:
    """The key that the request carries, None without one. Raises Invalid for a bad one."""
    idem_key = request.headers.get(HEADER)
    if idem_key is not None and not (1 <= len(idem_key) <= LONGEST and idem_key.isprintable()):
        raise Invalid(f"1 to {LONGEST} printable characters are expected", field=HEADER)
    return idem_key


def _known(digest: str | None = None) -> Response | Held | None:
    """The answer of the first request with this key, or the right to give it; None without a key."""
    idem_key = given_key()
    if idem_key is None:
        return None
    known = idempotency.claim(world(), guard.key().id, idem_key, request_digest=digest or _digest())
    if isinstance(known, Held):
        return known
    response = Response(known.response, known.status, known.headers, mimetype=known.mimetype or http.JSON)
    response.headers[REPLAYED] = "true"
    return response


@dataclass(slots=True)
class _Kept:
    """What a stream has said so far, None once it is too long to be kept, or may not be."""

    wanted: bool
    frames: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, frame: bytes) -> None:
        self.size += len(frame)
        self.wanted = self.wanted and self.size <= MAX_KEPT
        if self.wanted:
            self.frames.append(frame)
        else:
            self.frames.clear()

    @property
    def body(self) -> str | None:
        return b"".join(self.frames).decode() if self.wanted else None


def _tapped(held: Held, frames: Generator[bytes], kept: _Kept, mimetype: str, last: bytes | None) -> Generator[bytes]:
    """Runs in the stream's own thread, outside of any request."""
    settled = False
    try:
        for frame in frames:
            kept.add(frame)
            if last is not None and last in frame:
                _settle(held, 200, kept.body, mimetype=mimetype)
                settled = True
            yield frame
        if last is None:
            _settle(held, 200, kept.body, mimetype=mimetype)
            settled = True
    finally:
        frames.close()
        if not settled:
            _release(held)


def _untouched(frames: Generator[bytes]) -> Generator[bytes]:
    return frames


def _may_keep(texts: bool) -> bool:
    return not texts or world().policy.keep_texts


def _ours(response: Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.startswith(OURS)}


def _settle(
    held: Held, status: int, body: str | None, *, mimetype: str | None, headers: dict[str, str] | None = None
) -> None:
    """The answer was paid for, so it leaves even when the store cannot keep it for repeats."""
    try:
        held.settle(status=status, body=body, mimetype=mimetype or http.JSON, headers=headers or {})
    except StoreUnavailable:
        log.warning("idempotency_not_kept")


def _release(held: Held) -> None:
    try:
        held.release()
    except StoreUnavailable:
        log.warning("idempotency_not_released")


def _digest() -> str:
    """What makes two requests one: method, path and query, conversation, and body."""
    about = request.headers.get(http.CONVERSATION, "").encode()
    sent = b"\n".join((request.method.encode(), request.full_path.encode(), about, request.get_data(cache=True)))
    return hashlib.sha256(sent).hexdigest()

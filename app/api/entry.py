"""Generations are let in one by one: at the limits of their key, then in turn for a place; both last as they do."""

from collections.abc import Iterable, Iterator

from flask import Flask, Response, g

from app.api import allowances
from app.api.world import world
from app.domain.access import ApiKey
from app.services.admission import Admission
from app.services.limiter import Pass


class Entry:
    """A generation under way: the pass of its key, and its place in this worker."""

    def __init__(self, passed: Pass, admission: Admission) -> None:
        self.passed = passed
        self._admission: Admission | None = admission

    def leave(self) -> None:
        """Give both back; done twice it changes nothing."""
        admission, self._admission = self._admission, None
        if admission is not None:
            admission.leave()
            self.passed.leave()


def enter(key: ApiKey) -> None:
    """Let the present request in, if need be after a short wait. Raises LimitExceeded or Overloaded."""
    passed = world().limiter.enter(key)
    admitted = False
    try:
        world().admission.enter()
        admitted = True
    finally:
        if not admitted:
            passed.leave()
    g.entry = Entry(passed, world().admission)


def answered(response: Response) -> Response:
    """Say what the key has left. A whole answer gives the place back now, a stream when it ends or is closed."""
    entry: Entry | None = g.pop("entry", None)
    if entry is None:
        return response
    response.headers.extend(allowances.of_pass(entry.passed))
    if response.is_streamed:
        response.response = _until_done(response.response, entry)  # type: ignore[arg-type]  # a stream of bytes
        response.call_on_close(entry.leave)  # for one that is closed before its first byte
    else:
        entry.leave()
    return response


def register(app: Flask) -> None:
    """Let every request that entered leave again, however it ends."""
    app.after_request(answered)
    app.teardown_request(_abandoned)


def _until_done(frames: Iterable[bytes], entry: Entry) -> Iterator[bytes]:
    try:
        yield from frames
    finally:
        entry.leave()


def _abandoned(error: BaseException | None) -> None:
    entry: Entry | None = g.pop("entry", None)
    if entry is not None:
        entry.leave()

"""A stream is closed whenever its client leaves, and a failure before its first frame is an ordinary failure."""

import threading
from collections.abc import Generator

import pytest
from flask import Flask

from app.api import sse
from app.domain.errors import ProviderUnavailable
from app.services.departure import Departure


def frames(left: list[str], *, fails_at: int = 99) -> Generator[bytes]:
    """Three frames; notes when it is closed."""
    try:
        for number in range(3):
            if number == fails_at:
                raise ProviderUnavailable("gone", provider="x")
            yield sse.frame("delta", b"%d" % number)
    finally:
        left.append("closed")


def endless(closed: threading.Event) -> Generator[bytes]:
    """Frames for ever; tells when it is closed."""
    try:
        while True:
            yield sse.frame("delta", b"0")
    finally:
        closed.set()


@pytest.fixture
def context(app: Flask) -> Generator[None]:
    with app.test_request_context():
        yield


@pytest.mark.usefixtures("context")
def test_a_frame_is_one_event_of_the_standard() -> None:
    assert sse.frame("delta", b'{"text":"a"}') == b'event: delta\ndata: {"text":"a"}\n\n'


@pytest.mark.usefixtures("context")
def test_all_frames_leave_in_order() -> None:
    left: list[str] = []

    response = sse.respond(frames(left), Departure(), on_failure=sse.error_frame("r"))

    told = b"".join(response.response).split(b"\n")
    assert [line for line in told if line.startswith(b"data")] == [b"data: 0", b"data: 1", b"data: 2"]
    assert left == ["closed"]


@pytest.mark.usefixtures("context")
def test_a_failure_before_the_first_frame_is_raised() -> None:
    left: list[str] = []

    with pytest.raises(ProviderUnavailable):
        sse.respond(frames(left, fails_at=0), Departure(), on_failure=sse.error_frame("r"))

    assert left == ["closed"]


@pytest.mark.usefixtures("context")
def test_a_failure_afterwards_is_the_last_frame() -> None:
    response = sse.respond(frames([], fails_at=1), Departure(), on_failure=sse.error_frame("r"))

    last = b"".join(response.response).split(b"\n\n")[-2]
    assert last.startswith(b"event: error\ndata: {")
    assert b'"code":"provider-unavailable"' in last


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize("read", [0, 1])
def test_a_client_that_leaves_closes_the_stream_however_little_it_read(read: int) -> None:
    departure, closed = Departure(), threading.Event()
    response = sse.respond(endless(closed), departure, on_failure=sse.error_frame("r"))
    parts = iter(response.response)
    for _ in range(read):
        next(parts)

    response.close()

    assert departure.left
    assert closed.wait(60)

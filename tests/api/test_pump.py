"""A pump gives out what a generator makes, comments on silence, and tells the generator when nobody listens."""

import threading
import time
from collections.abc import Generator, Iterable

import pytest

from app.api.pump import HEARTBEAT, KEPT_FRAMES, Pump
from app.services.departure import Departure

BEAT_S = 0.02


class Frames:
    """A generator of frames, and what became of it."""

    def __init__(self, frames: Iterable[bytes], *, fails: Exception | None = None) -> None:
        self.closed = threading.Event()
        self.made = 0
        self._frames = frames
        self._fails = fails

    def __call__(self) -> Generator[bytes]:
        try:
            for frame in self._frames:
                self.made += 1
                yield frame
            if self._fails is not None:
                raise self._fails
        finally:
            self.closed.set()


def silent(until: threading.Event) -> Generator[bytes]:
    """Nothing until the event."""
    until.wait(60)
    yield b"late"


def test_all_frames_come_in_order() -> None:
    frames = Frames([b"%d " % number for number in range(1_000)])

    given = list(Pump(frames(), Departure(), heartbeat_s=BEAT_S))

    assert b"".join(given) == b"".join(b"%d " % number for number in range(1_000))
    assert frames.closed.is_set()


def test_silence_is_commented() -> None:
    until = threading.Event()
    pump = Pump(silent(until), Departure(), heartbeat_s=BEAT_S)

    assert [next(pump), next(pump)] == [HEARTBEAT, HEARTBEAT]
    until.set()
    assert next(frame for frame in pump if frame != HEARTBEAT) == b"late"


def test_a_failure_comes_after_the_frames_before_it() -> None:
    pump = Pump(Frames([b"a", b"b"], fails=ValueError("broken"))(), Departure(), heartbeat_s=1)
    given = b""

    while not given.endswith(b"b"):
        given += next(pump)

    assert given == b"ab"
    with pytest.raises(ValueError, match="broken"):
        next(pump)


def test_closing_tells_the_departure_and_closes_the_generator_in_its_own_thread() -> None:
    departure, frames = Departure(), Frames(b"x" for _ in range(10_000))
    pump = Pump(frames(), departure, heartbeat_s=1)
    next(pump)

    pump.close()

    assert departure.left
    assert frames.closed.wait(60)
    assert list(pump) == []


def test_the_end_is_no_departure() -> None:
    departure = Departure()
    pump = Pump(Frames([b"a"])(), departure, heartbeat_s=1)

    assert list(pump) == [b"a"]
    pump.close()
    assert not departure.left


def test_a_slow_reader_slows_the_generator_down() -> None:
    frames = Frames(b"x" for _ in range(10_000))
    pump = Pump(frames(), Departure(), heartbeat_s=1)
    time.sleep(0.2)

    assert frames.made <= KEPT_FRAMES + 1
    assert len(b"".join(pump)) == 10_000

"""A line is hung up from any thread, and only tokens keep it from its limits."""

import os
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest

from app.domain.errors import CallerLeft, ProviderTimeout
from app.providers import lines
from app.providers.lines import Line


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of one connection."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_hanging_up_ends_a_read_that_blocks(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, _ = ends
    line = Line(timeout_s=30)
    line.open("acme")
    line.hold(ours)

    with ThreadPoolExecutor(1) as pool:
        read = pool.submit(ours.recv, 1)
        line.hang_up()
        line.hang_up()

        assert read.result(timeout=60) == b""
    assert line.left
    with pytest.raises(CallerLeft):
        line.check("acme")


def test_a_line_hung_up_before_it_opens_never_does() -> None:
    line = Line(timeout_s=30)
    line.hang_up()

    with pytest.raises(CallerLeft):
        line.open("acme")


def test_a_socket_that_comes_too_late_is_shut_at_once(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    line = Line(timeout_s=30)
    line.open("acme")
    line.hang_up()

    line.hold(ours)

    assert theirs.recv(1) == b""


def test_a_socket_that_went_to_another_attempt_is_left_alone(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    line, closed = Line(timeout_s=30), Line(timeout_s=30)
    for each in (line, closed):
        each.open("acme")
        each.hold(ours)

    line.drop(ours)
    closed.close()
    line.hang_up()
    closed.hang_up()

    theirs.sendall(b"still here")
    assert ours.recv(10) == b"still here"


@pytest.mark.parametrize(
    ("limits", "tokens", "expired"),
    [
        ({"timeout_s": 0.02}, 0, "total"),
        ({"timeout_s": 0.02, "first_s": 30.0, "idle_s": 30.0}, 1, "total"),
        ({"timeout_s": 30.0, "first_s": 0.02}, 0, "first-token"),
        ({"timeout_s": 30.0, "first_s": 30.0, "idle_s": 0.02}, 1, "idle"),
    ],
)
def test_the_watch_hangs_up_at_the_limit_and_says_which_it_was(
    ends: tuple[socket.socket, socket.socket], limits: dict[str, float], tokens: int, expired: str
) -> None:
    ours, _ = ends
    ours.settimeout(20)
    line = Line(**limits)
    line.open("acme")
    line.hold(ours)
    for _ in range(tokens):
        line.spoke()
        line.listen()

    assert ours.recv(1) == b""
    assert line.expired == expired
    with pytest.raises(ProviderTimeout):
        line.check("acme")


def test_a_consumer_that_takes_its_time_does_not_make_the_vendor_late() -> None:
    line = Line(timeout_s=1000, first_s=10, idle_s=10)
    line.open("acme")
    line.spoke()

    assert not line.expire(monotonic() + 500)
    assert line.expire(monotonic() + 1001)
    assert line.expired == "total"
    line.close()


def test_the_limits_of_tokens_do_not_hold_for_a_whole_answer() -> None:
    line = Line(timeout_s=1000, first_s=1, idle_s=1)
    line.open("acme", whole=True)

    assert not line.expire(monotonic() + 500)
    line.close()


def test_what_the_vendor_sends_after_its_end_is_bounded_and_no_failure(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    ours, _ = ends
    ours.settimeout(20)
    line = Line(timeout_s=900)
    line.open("acme")
    line.hold(ours)
    line.linger(0.01)

    assert ours.recv(1) == b""
    assert line.expired is None
    line.check("acme")


def test_sleep_on_a_line_ends_with_the_line() -> None:
    line = Line(timeout_s=1000)
    line.open("acme")
    assert not line.wait(0.001)

    with ThreadPoolExecutor(1) as pool:
        slept = pool.submit(line.wait, 900)
        line.hang_up()

        assert slept.result(timeout=60)
    line.close()


def test_a_line_is_current_in_its_thread_only_and_only_for_its_block() -> None:
    line = Line(timeout_s=1)

    with lines.speaking(line), ThreadPoolExecutor(1) as pool:
        assert lines.current() is line
        assert pool.submit(lines.current).result() is None
    assert lines.current() is None


def test_lines_are_watched_in_a_forked_child_too() -> None:
    before = Line(timeout_s=900)
    before.open("acme")  # the parent's watch runs
    reading, writing = os.pipe()

    child = os.fork()
    if child == 0:
        line = Line(timeout_s=0.01)
        line.open("acme")
        seen = line._cut.wait(60)  # only a watch can set it: nobody else looks
        os.write(writing, b"y" if seen and line.expired == "total" else b"n")
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reading, 1) == b"y"
    before.close()

"""A refusal that is sent before the body of its request has come leaves a connection as its answer says."""

import socket
import time
from collections.abc import Iterator
from http.client import HTTPResponse

import pytest

from tests.faults.served import KEY, Served

pytestmark = pytest.mark.slow

BODY = b'{"model": "simulated/small", "prompt": "Say something."}'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("early")
    with Served(f"sqlite:///{folder}/store.db", folder) as server:
        yield server


@pytest.fixture
def line(server: Served) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
        yield line


def head(*, secret: str = KEY, kind: str = "application/json", length: int = len(BODY)) -> bytes:
    """The beginning of a question to a model."""
    told = f"Host: here\r\nAuthorization: Bearer {secret}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n"
    return f"POST /api/v1/generate HTTP/1.1\r\n{told}\r\n".encode()


def answer(line: socket.socket) -> HTTPResponse:
    """The next answer, read whole."""
    found = HTTPResponse(line)
    found.begin()
    found.read()
    return found


def test_a_connection_is_of_further_use_when_a_body_comes_after_its_request_was_refused(
    line: socket.socket,
) -> None:
    for _ in range(3):
        line.sendall(head(kind="text/plain"))
        time.sleep(0.3)  # the refusal is ready long before the body is sent
        line.sendall(BODY)
        assert answer(line).status == 415
        line.sendall(head() + BODY)
        assert answer(line).status == 200


def test_a_stranger_is_answered_without_a_body_and_told_that_the_connection_ends(line: socket.socket) -> None:
    line.sendall(head(secret="nobody's"))
    found = answer(line)

    assert (found.status, found.getheader("Connection")) == (401, "close")
    assert line.recv(1) == b""


def test_a_body_over_the_limit_is_read_and_refused_and_the_connection_stays(line: socket.socket) -> None:
    large = 20_000_000
    line.sendall(head(length=large))
    for _ in range(large // 1_000_000):
        line.sendall(b" " * 1_000_000)

    assert answer(line).status == 413
    line.sendall(head() + BODY)
    assert answer(line).status == 200

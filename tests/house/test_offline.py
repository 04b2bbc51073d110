"""Tests speak to this machine only."""

import socket
from contextlib import closing

import pytest

from tests.conftest import Online

OUTSIDE = ("192.0.2.1", 9)  # RFC 5737: an address that belongs to nobody


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_no_other_machine_is_spoken_to(kind: socket.SocketKind) -> None:
    with closing(socket.socket(socket.AF_INET, kind)) as outgoing, pytest.raises(Online, match=r"192\.0\.2\.1"):
        outgoing.connect(OUTSIDE)


def test_this_machine_is_spoken_to() -> None:
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as server,
        closing(socket.create_connection(server.getsockname())) as connection,
    ):
        assert connection.getpeername() == server.getsockname()

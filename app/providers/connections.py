"""Connections of urllib3 that know the line they carry, for the pools under the vendors' libraries."""

import socket
from time import monotonic

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from app.providers import lines
from app.providers.lines import Line


class LineConnection(HTTPConnection):
    """Belongs to one line at a time: the one that is current in the thread that opened it or took it from the pool."""

    _line: Line | None = None
    _handle: socket.socket | None = None

    @property
    def is_connected(self) -> bool:
        """Whether a kept connection may be used. Pools ask before they hand it out: from here on it has a new owner."""
        before, self._line = self._line, lines.current()
        held = _plain(self.sock)
        if before is not None and before is not self._line and held is not None:
            before.drop(held)
        self._hold(held)
        return super().is_connected

    def connect(self) -> None:
        """Connects, with the line's hand on the socket all the time."""
        self._line = lines.current()
        try:
            super().connect()
        finally:
            self._hold(_plain(self.sock))
            self._forget_handle()

    def close(self) -> None:
        """Closes, but never while the line hangs up: a moment later the socket's number may be another socket's."""
        if self._line is None:
            super().close()
        else:
            with self._line.steady():
                super().close()

    def _new_conn(self) -> socket.socket:
        # As urllib3 does it, with one limit over all addresses, and with sockets that can be shut while they connect.
        deadline = monotonic() + (self.timeout if isinstance(self.timeout, (int, float)) else float("inf"))
        fault = OSError("the name has no address")
        for family, kind, protocol, _, address in self._addresses():
            found = socket.socket(family, kind, protocol)
            try:
                self._reach(found, deadline)
                found.connect(address)
            except OSError as error:
                found.close()
                fault = error
            else:
                return found
        if isinstance(fault, TimeoutError):
            raise ConnectTimeoutError(self, "no connection in time") from fault
        raise NewConnectionError(self, "no connection") from fault

    def _addresses(self) -> list[tuple[int, int, int, str, tuple[object, ...]]]:
        try:
            found = socket.getaddrinfo(self._dns_host.strip("[]"), self.port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            raise NameResolutionError(self.host, self, socket.gaierror("the name is not known")) from error
        return list(found)

    def _reach(self, found: socket.socket, deadline: float) -> None:
        """Readies a socket that is to connect. TLS will take it away until its handshake is done, so the line gets a
        second handle on it. Raises OSError when there is no time left, or nobody waits any more."""
        self._forget_handle()
        self._handle = found.dup()
        self._hold(self._handle)
        for option in self.socket_options or ():
            found.setsockopt(*option)
        if self._line is not None and self._line.is_cut:
            raise ConnectionAbortedError
        left = deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        found.settimeout(None if left == float("inf") else left)

    def _hold(self, connected: socket.socket | None) -> None:
        if self._line is not None and connected is not None:
            self._line.hold(connected)

    def _forget_handle(self) -> None:
        if self._handle is not None:
            if self._line is not None:
                self._line.drop(self._handle)
            self._handle.close()
            self._handle = None


def _plain(connected: object) -> socket.socket | None:
    while connected is not None and not isinstance(connected, socket.socket):
        connected = getattr(connected, "socket", None)  # TLS within TLS keeps its socket inside
    return connected


class SecureLineConnection(LineConnection, HTTPSConnection):
    """The same over TLS."""


class _LinePool(urllib3.HTTPConnectionPool):
    ConnectionCls = LineConnection


class _SecureLinePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = SecureLineConnection


def carry_lines(pools: urllib3.PoolManager) -> urllib3.PoolManager:
    """The pool manager, made to open connections that lines can hang up."""
    pools.pool_classes_by_scheme = {"http": _LinePool, "https": _SecureLinePool}
    return pools

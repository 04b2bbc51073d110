"""A wire to PostgreSQL that a test can cut, refuse, pause or slow down, as networks and hosts do."""

import socket
import threading
import time
from contextlib import suppress


class Proxy:
    """Listens on a port of loopback and passes on what it gets; safe to change while connections are open."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._flowing = threading.Event()
        self._flowing.set()
        self._latency_s = 0.0
        self._listener = self._listen(0)
        self.port: int = self._listener.getsockname()[1]

    def cut(self) -> None:
        """Every connection breaks, new ones are refused: the server has been stopped."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._break()

    def pause(self) -> None:
        """Connections stay open and are accepted, and nothing comes back: the server hangs."""
        self._flowing.clear()

    def slow(self, latency_s: float) -> None:
        """Each piece is late by so much."""
        self._latency_s = latency_s

    def mend(self) -> None:
        """All is well again."""
        self._latency_s = 0.0
        self._flowing.set()
        if self._listener.fileno() == -1:
            self._listener = self._listen(self.port)

    def close(self) -> None:
        """Nothing is passed on any more."""
        self._flowing.set()
        self.cut()

    def _break(self) -> None:
        with self._lock:
            ends, self._open = self._open, []
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port), backlog=256)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(self._target)
                with self._lock:
                    self._open += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                self._flowing.wait()
                time.sleep(self._latency_s)
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

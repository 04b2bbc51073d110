"""A store whose database can be taken away and given back: a locked file, or a cut wire to PostgreSQL."""

import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy import make_url

from app.db.uow import Store
from tests.stores import migrated_url


class Database(Protocol):
    """What can go away."""

    def cut(self) -> None:
        """It is gone."""

    def mend(self) -> None:
        """It is back."""


@dataclass
class LockedFile:
    """SQLite: another connection holds the write lock."""

    path: Path
    holder: sqlite3.Connection | None = None

    def cut(self) -> None:
        self.holder = sqlite3.connect(self.path, isolation_level=None)
        self.holder.execute("BEGIN IMMEDIATE")

    def mend(self) -> None:
        if self.holder is not None:
            self.holder.close()
            self.holder = None


class Wire:
    """PostgreSQL: a proxy on loopback whose connections can be cut, and which then refuses new ones."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._open: list[socket.socket] = []
        self._listener = self._listen(0)
        self.port: int = self._listener.getsockname()[1]

    def cut(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in self._open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._open.clear()

    def mend(self) -> None:
        if self._listener.fileno() == -1:
            self._listener = self._listen(self.port)

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(self._target)
                self._open += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=_pump, args=(source, sink), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)


@contextmanager
def breakable(kind: str, folder: Path) -> Iterator[tuple[Store, Database]]:
    """A migrated store and its database, which can go away."""
    with migrated_url(kind, folder) as url:
        database, address = _broken_by(kind, folder, url)
        store = Store(address, busy_timeout_ms=50)
        try:
            yield store, database
        finally:
            database.mend()
            store.close()
            if isinstance(database, Wire):
                database.cut()


def _broken_by(kind: str, folder: Path, url: str) -> tuple[Database, str]:
    if kind == "sqlite":
        return LockedFile(folder / "store.db"), url
    parsed = make_url(url)
    wire = Wire(str(parsed.host), parsed.port or 5432)
    return wire, parsed.set(host="127.0.0.1", port=wire.port).render_as_string(hide_password=False)

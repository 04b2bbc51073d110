"""Ways in which a real server loses its store, and gets it back: one class per kind of store."""

import os
import resource
import sqlite3
import sys
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine, make_url, text

from tests.faults.proxy import Proxy
from tests.faults.served import Served
from tests.stores import POSTGRESQL

CAP_DAC_OVERRIDE: Final = 1
PR_CAPBSET_DROP: Final = 24
ROOM: Final = 1_000_000  # bytes a file may have on the full disk: the write-ahead log is beyond it, a spool file is not
NO_ROOM: Final = 64


BECOME: Final = "import os, sys; os.execv(sys.argv[1], sys.argv[1:])"
# Turns into the command it is given, which minds the modes of files even as root; others do so anyway.
MINDING_MODES: Final = (
    sys.executable,
    "-c",
    f"import ctypes; ctypes.CDLL(None).prctl({PR_CAPBSET_DROP}, {CAP_DAC_OVERRIDE}, 0, 0, 0); {BECOME}",
)


class File:
    """A SQLite file in a folder of its own."""

    def __init__(self, path: Path, server: Served) -> None:
        self._path = path
        self._server = server
        self._holder: sqlite3.Connection | None = None

    def lock(self) -> None:
        """Another process holds the write lock and does not give it back."""
        self._holder = sqlite3.connect(self._path, isolation_level=None, timeout=10, check_same_thread=False)
        self._holder.execute("BEGIN IMMEDIATE")

    def unlock(self) -> None:
        if self._holder is not None:
            self._holder.close()
            self._holder = None

    def fill(self, room: int = ROOM) -> None:
        """The disk is full: no file grows beyond `room`. One large transaction has put the log beyond it before.

        The log begins anew before that, so that it is not long enough to begin anew while the disk is full.
        """
        if room == ROOM:
            with sqlite3.connect(self._path, timeout=10) as other:
                other.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
                other.execute("CREATE TABLE ballast (content BLOB)")
                other.execute("INSERT INTO ballast VALUES (zeroblob(2500000))")
            other.close()
        self._limit(room)

    def empty(self) -> None:
        """There is room again."""
        self._limit(resource.RLIM_INFINITY)

    def forbid(self) -> None:
        """The volume is mounted read-only."""
        for path in self._path.parent.iterdir():
            path.chmod(0o444)
        self._path.parent.chmod(0o555)

    def allow(self) -> None:
        self._path.parent.chmod(0o755)
        for path in self._path.parent.iterdir():
            path.chmod(0o644)

    def replace(self) -> None:
        """Where the file was there is something that cannot be opened."""
        self._path.rename(self._path.with_name("aside"))
        self._path.mkdir()

    def put_back(self) -> None:
        self._path.rmdir()
        self._path.with_name("aside").rename(self._path)

    def _limit(self, size: int) -> None:
        assert self._server.process is not None
        for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
            if _group(pid) == self._server.process.pid:
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


class Cluster:
    """A schema in PostgreSQL, which the server reaches through a proxy, as a role of its own."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        schema = str(parsed.query["options"]).partition("search_path=")[2]
        self._role = f"role_{schema}"
        self._admin = create_engine(make_url(POSTGRESQL).set(drivername="postgresql+psycopg"))
        self._do(
            f"CREATE ROLE {self._role} LOGIN",
            f"GRANT ALL ON SCHEMA {schema} TO {self._role}",
            f"GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO {self._role}",
            f"GRANT ALL ON ALL SEQUENCES IN SCHEMA {schema} TO {self._role}",
        )
        self.proxy = Proxy(str(parsed.host), parsed.port or 5432)
        through = parsed.set(host="127.0.0.1", port=self.proxy.port, username=self._role)
        self.url = through.render_as_string(hide_password=False)

    def forbid(self) -> None:
        """The server has become a read-only standby, and everyone had to connect again."""
        self._do(f"ALTER ROLE {self._role} SET default_transaction_read_only = on")
        self._hang_up()

    def allow(self) -> None:
        self._do(f"ALTER ROLE {self._role} RESET default_transaction_read_only")
        self._hang_up()

    def close(self) -> None:
        self.proxy.close()
        self._hang_up()
        self._do(f"DROP OWNED BY {self._role}", f"DROP ROLE {self._role}")
        self._admin.dispose()

    def _hang_up(self) -> None:
        self._do(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{self._role}'")

    def _do(self, *statements: str) -> None:
        with self._admin.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))


def _group(pid: int) -> int:
    """The process group; 0 for a process that has just ended."""
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0

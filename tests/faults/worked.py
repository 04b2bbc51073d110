"""A real worker in its own process group, which a test may kill as a power cut would."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from types import TracebackType
from typing import Self

from sqlalchemy import update

from app.db.tables import jobs
from app.services.world import World
from tests.faults.conftest import Prepared
from tests.faults.served import ROOT
from tests.waiting import until


class Worked:
    """`python run.py worker` for one kind of jobs, until the end of the block."""

    def __init__(self, prepared: Prepared, kind: str) -> None:
        self._prepared = prepared
        self._kind = kind
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        folder = self._prepared.folder
        own = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV") if name in os.environ}
        environment = {
            **own,
            "DATABASE_URL": self._prepared.url,
            "SPOOL_DIR": str(folder / "worker-spool"),
            "SNAPSHOT_FILE": str(folder / "worker-snapshot.json"),
            "LOG_LEVEL": "warning",
            "WEBHOOK_PRIVATE_HOSTS": "true",
        }
        command = [sys.executable, str(ROOT / "run.py"), "worker", "--kinds", self._kind]
        with (folder / "worker.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()

    def until(self, holds: Callable[[], bool]) -> None:
        """Return as soon as it holds; fails when it never does, or the worker has ended."""

        def alive_and_holds() -> bool:
            assert self._process is not None
            assert self._process.poll() is None, (self._prepared.folder / "worker.log").read_text()
            return holds()

        until(alive_and_holds)

    def kill(self) -> None:
        """SIGKILL: nobody is asked to tidy up."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


def leases_run_out(world: World) -> None:
    """As if half a minute had passed since the kill."""
    with world.store.write() as tx:
        tx.execute(update(jobs).where(jobs.c.status == "running").values(until=world.now() - timedelta(seconds=1)))

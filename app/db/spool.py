"""With the database gone, facts wait on disk: appended with length and checksum, fsynced, replayed once it is back.

A process appends to its own file; any process may replay any file. A file is renamed before it is replayed and removed
after its facts are committed, so a crash in between only replays it again, which changes nothing. Names of files to
replay are numbered, since a clock that jumps back must not put a session's end before its beginning.
"""

import os
import struct
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from app.db.turnstile import turn, turn_if_free
from app.domain.errors import StoreUnavailable

HEADER: Final = struct.Struct(">II")  # length and CRC-32 of the payload
PRIVATE: Final = 0o600
TRIAL_BYTES: Final = 65_536


class Spool:
    """The waiting facts of all processes that share `folder`, which is made when it is first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Never the file of a process of the same number that died: what follows its torn end would not be believed.
        self._own = f"{time.time_ns():020d}-{os.getpid()}.spool"

    def append(self, payload: bytes) -> None:
        """Returns once the payload is on disk. Raises StoreUnavailable when it cannot be put there."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with turn(self._folder / "append.lock"):
                self._append(self._folder / self._own, payload)
        except OSError as error:
            raise StoreUnavailable("neither the database nor the spool can take the facts") from error

    def waiting(self) -> bool:
        """Whether any facts wait to be replayed."""
        return any(self._files())

    def own_waits(self) -> bool:
        """Whether facts that this process put there wait to be replayed."""
        own = self._folder / self._own
        return own.exists() or any(self._folder.glob(f"*-{own.stem}.replay"))

    def waiting_bytes(self) -> int:
        """How much waits to be replayed, of all processes."""
        return sum(_size(path) for path in self._files())

    def writable(self) -> bool:
        """Whether the disk takes what a burst of facts needs; asked by writing as much."""
        trial = self._folder / f"{self._own}.trial"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._append(trial, bytes(TRIAL_BYTES))
        except OSError:
            return False
        finally:
            with suppress(OSError):
                trial.unlink(missing_ok=True)
        return True

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether no other process replays; then none does inside the block. Raises StoreUnavailable for a bad disk."""
        try:
            with turn_if_free(self._folder / "replay.lock") as free:
                yield free
        except OSError as error:
            raise StoreUnavailable("the spool cannot be read") from error

    def take(self) -> list[Path]:
        """The files to replay, oldest first; nothing is appended to them any more. To be called inside `alone`."""
        with turn(self._folder / "append.lock"):
            last = max((int(path.name.partition("-")[0]) for path in self._folder.glob("*.replay")), default=0)
            for number, path in enumerate(sorted(self._folder.glob("*.spool"), key=_age), last + 1):
                path.rename(path.with_name(f"{number:020d}-{path.stem}.replay"))
        return sorted(self._folder.glob("*.replay"))

    def reject(self, source: str, payload: bytes) -> None:
        """Keeps facts of the file that the store refuses for good beside the spool, for a human to look at."""
        self._append(self._folder / f"{source}.rejected", payload)

    def _files(self) -> Iterator[Path]:
        yield from self._folder.glob("*.spool")
        yield from self._folder.glob("*.replay")

    def _append(self, path: Path, payload: bytes) -> None:
        created = not path.exists()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, PRIVATE)
        try:
            size = os.fstat(descriptor).st_size
            try:
                _write_all(descriptor, HEADER.pack(len(payload), zlib.crc32(payload)) + payload)
                os.fsync(descriptor)
            except OSError:
                os.ftruncate(descriptor, size)  # half a record would hide those that follow it
                raise
        finally:
            os.close(descriptor)
        if created:
            sync_folder(self._folder)


def records(path: Path) -> Iterator[bytes]:
    """The whole records of a file, in order; ends at the first that is torn, which nobody was told is safe."""
    with path.open("rb") as file:
        while len(header := file.read(HEADER.size)) == HEADER.size:
            length, checksum = HEADER.unpack(header)
            payload = file.read(length)
            if len(payload) < length or zlib.crc32(payload) != checksum:
                return
            yield payload


def sync_folder(folder: Path) -> None:
    """Makes names in the folder as durable as the files they name."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _age(path: Path) -> int:
    return path.stat().st_mtime_ns


def _size(path: Path) -> int:
    """0 for a file that has just been replayed."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0

"""The last snapshot is kept in a file, so that a start without the database can serve from it."""

import hashlib
import json
import logging
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.db.frozen_json import codec
from app.db.snapshot import Snapshot
from app.db.spool import sync_folder

log = logging.getLogger(__name__)
FORMAT: Final = 1
PRIVATE: Final = 0o600


@dataclass(frozen=True, slots=True)
class Kept:
    """A snapshot from the file, and how old it is in seconds."""

    snapshot: Snapshot
    age_s: float


class SnapshotFile:
    """Written whole, under another name first, and fsynced; believed only with its checksum, for the same `store`.

    The first line holds format, store and SHA-256 of the rest. It holds no secret: keys are there as digests.
    """

    def __init__(self, path: Path, *, store: str) -> None:
        self._path = path
        self._store = store

    def write(self, snapshot: Snapshot) -> None:
        """Raises OSError when the disk refuses; then the file stays as it was."""
        body = json.dumps(codec(Snapshot).encode(snapshot), separators=(",", ":")).encode()
        head = {"format": FORMAT, "store": self._store, "sha256": hashlib.sha256(body).hexdigest()}
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}-{threading.get_ident()}")
        try:
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE)
            with open(descriptor, "wb") as file:
                file.write(json.dumps(head).encode() + b"\n" + body)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
        sync_folder(self._path.parent)

    def read(self) -> Kept | None:
        """What was kept; None when there is none, when it is damaged, or when it is of another store."""
        try:
            head, _, body = self._path.read_bytes().partition(b"\n")
            age_s = max(0.0, time.time() - self._path.stat().st_mtime)
        except FileNotFoundError:
            return None
        except OSError as error:
            log.warning("snapshot_file_unreadable", extra={"error": type(error).__name__})
            return None
        try:
            return Kept(self._believed(head, body), age_s)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("snapshot_file_damaged", extra={"error": type(error).__name__})
            return None

    def _believed(self, head: bytes, body: bytes) -> Snapshot:
        """Raises ValueError, KeyError, TypeError or AttributeError unless the file says the truth."""
        said = json.loads(head)
        if said["format"] != FORMAT or said["store"] != self._store:
            raise ValueError("another format or another store")
        if said["sha256"] != hashlib.sha256(body).hexdigest():
            raise ValueError("the checksum does not match")
        snapshot = codec(Snapshot).decode(json.loads(body))
        if not isinstance(snapshot, Snapshot):
            raise TypeError("not a snapshot")
        return snapshot

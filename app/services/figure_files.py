"""Processes of one server tell each other their figures through files, so that whoever is asked answers for all."""

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import orjson

from app.services.figures import Family, Reading

log = logging.getLogger(__name__)
EVERY_S: Final = 1.0
LIVE_S: Final = 5.0  # a process that wrote nothing for so long has ended: what it counted stays, what it held does not
KEPT_S: Final = 86_400.0  # afterwards its file goes when another process starts


class FigureFiles:
    """One file per process in a folder that they share, written every second by a daemon thread and before each look.

    That a look writes first makes counts never fall from one look to the next, whichever process is asked.
    """

    def __init__(self, folder: Path, name: str, *, every_s: float = EVERY_S) -> None:
        self._folder = folder
        self._path = folder / f"{name}.json"
        self._every_s = every_s
        self._lock = threading.Lock()
        self._ending = threading.Event()

    def start(self, read: Callable[[], Sequence[Family]]) -> None:
        """Begin to write what `read` returns."""
        self._sweep()
        threading.Thread(target=self._run, args=(read,), name="figures", daemon=True).start()

    def close(self) -> None:
        """Stop writing; the file stays, for what was counted did happen."""
        self._ending.set()

    def exchange(self, own: Sequence[Family]) -> list[list[Family]]:
        """The figures of all processes, this one's first, once these are written."""
        self._write(own)
        moment = time.time()
        found = [list(own)]
        for path in sorted(self._folder.glob("*.json")):
            with suppress(OSError, ValueError, TypeError, KeyError):  # it is just going, or is none of ours
                if path != self._path:
                    families = _read(path.read_bytes())
                    live = moment - path.stat().st_mtime < LIVE_S
                    found.append([family for family in families if live or family.kind != "gauge"])
        return found

    def _run(self, read: Callable[[], Sequence[Family]]) -> None:
        while not self._ending.wait(self._every_s):
            self._write(read())

    def _write(self, own: Sequence[Family]) -> None:
        fresh = self._path.with_suffix(".new")
        with self._lock:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                fresh.write_bytes(orjson.dumps(list(own)))
                os.replace(fresh, self._path)
            except OSError as error:
                log.warning("figures_not_shared", extra={"error": type(error).__name__})

    def _sweep(self) -> None:
        moment = time.time()
        for path in self._folder.glob("*.json"):
            with suppress(OSError):
                if moment - path.stat().st_mtime > KEPT_S:
                    path.unlink()


def empty(folder: Path) -> None:
    """Forget what an earlier server has counted."""
    for path in folder.glob("*.json"):
        with suppress(OSError):
            path.unlink()


def _read(text: bytes) -> list[Family]:
    return [
        Family(
            one["name"],
            one["told"],
            one["kind"],
            tuple(one["labels"]),
            tuple(Reading(tuple(it["labels"]), tuple(it["values"])) for it in one["readings"]),
            one["merge"],
        )
        for one in orjson.loads(text)
    ]

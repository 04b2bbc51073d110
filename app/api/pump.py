"""A stream's frames are made in a thread of their own: a silent model does not hide that the caller has left."""

import queue
import threading
from collections.abc import Generator
from typing import Final

from app.services.departure import Departure

HEARTBEAT: Final = b": waiting\n\n"
KEPT_FRAMES: Final = 256  # made and not yet taken; a caller that reads slowly slows the model down
LOOK_S: Final = 0.5
END: Final = None

Item = bytes | Exception | None


class Pump:
    """Takes frames from a generator and gives them out, with a comment after each `heartbeat_s` of silence, if given.

    Writing the comment is how a server learns that the caller has left: it then closes the pump, which tells
    `departure`, so that whatever waits for a model is hung up, and closes the generator in its own thread.
    """

    def __init__(self, frames: Generator[bytes], departure: Departure, *, heartbeat_s: float | None) -> None:
        self._frames = frames
        self._departure = departure
        self._heartbeat_s = heartbeat_s
        self._queue: queue.Queue[Item] = queue.Queue(KEPT_FRAMES)
        self._over = False
        threading.Thread(target=self._run, name="stream", daemon=True).start()

    def __iter__(self) -> "Pump":
        return self

    def __next__(self) -> bytes:
        """All frames that are ready, joined; a comment when none came in time. Raises what the generator raised."""
        if self._over:
            raise StopIteration
        try:
            item = self._queue.get(timeout=self._heartbeat_s)
        except queue.Empty:
            return HEARTBEAT
        ready: list[bytes] = []
        while isinstance(item, bytes):
            ready.append(item)
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return b"".join(ready)
        if ready:
            self._queue.put(item)  # the end or an error: it has room, for its maker is done
            return b"".join(ready)
        self._over = True
        if item is None:
            raise StopIteration
        raise item

    def close(self) -> None:
        """The caller is gone, or has all it wanted."""
        if not self._over:
            self._over = True
            self._departure.leave()

    def _run(self) -> None:
        last: Item = END
        try:
            for frame in self._frames:
                if not self._put(frame):
                    break
        except Exception as error:  # handed to the reader, in whose thread it belongs
            last = error
        finally:
            self._frames.close()
        self._put(last)

    def _put(self, item: Item) -> bool:
        """Whether the item found room before the caller left."""
        while not self._departure.left:
            try:
                self._queue.put(item, timeout=LOOK_S)
            except queue.Full:
                continue
            return True
        return False

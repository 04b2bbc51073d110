"""The bell of one process: whoever submits a job rings it, and the worker beside it looks at once."""

import threading


class Bell:
    """Safe to share between threads; rung twice before anybody listens, it has rung once."""

    def __init__(self) -> None:
        self._rung = threading.Event()

    def ring(self) -> None:
        """There may be work."""
        self._rung.set()

    def wait(self, seconds: float) -> None:
        """Return when it has rung since the last time, or the time is over."""
        if self._rung.wait(seconds):
            self._rung.clear()

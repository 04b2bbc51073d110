"""An errand is done in a thread of its own, and what goes wrong there is raised where somebody waits for it."""

import threading
from collections.abc import Callable


class Errand:
    """Begins at once, in a daemon thread."""

    def __init__(self, work: Callable[[], None], *, name: str) -> None:
        self._work = work
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def under_way(self) -> bool:
        """Whether it has not ended yet."""
        return self._thread.is_alive()

    def wait(self, timeout_s: float | None = None) -> None:
        """Return when it has ended, or the time is over. Raises what it raised."""
        self._thread.join(timeout_s)
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:  # raised by `wait`
            self._error = error

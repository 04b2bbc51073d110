"""A run has a purse: the worst case of every call is held in it before it is sent, so that it never overspends."""

import threading
import time
from typing import Final

from app.domain.errors import CallerLeft
from app.domain.money import to_usd
from app.domain.run_errors import RunBudgetExceeded
from app.services.departure import Departure

LOOK_S: Final = 0.05


class RunPurse:
    """Safe to share between the threads of one run. `limit` in nano-dollars.

    A call that does not fit beside those under way waits for them: what they give back may be enough.
    """

    def __init__(self, limit: int) -> None:
        self.limit: Final = limit
        self._changed = threading.Condition()
        self._spent = 0
        self._held = 0

    @property
    def spent(self) -> int:
        """Nano-dollars over the calls that have ended."""
        return self._spent

    def hold(self, worst: int | None, *, model: str, departure: Departure, deadline: float) -> int:
        """Nano-dollars that are held for one call, to be settled whatever becomes of it.

        Raises RunBudgetExceeded where the call does not fit, or nobody can tell what it may cost; CallerLeft.
        """
        if worst is None:
            raise RunBudgetExceeded(f"the price of {model} is unknown, and this run may cost {self._told()} at most")
        with self._changed:
            while self._spent + self._held + worst > self.limit:
                if not self._held or self._spent + worst > self.limit or time.monotonic() >= deadline:
                    left = to_usd(max(0, self.limit - self._spent - self._held))
                    raise RunBudgetExceeded(
                        f"this run has {left} of its {self._told()} left, and this call may take {to_usd(worst)} USD"
                    )
                if departure.left:
                    raise CallerLeft("the caller left")
                self._changed.wait(LOOK_S)
            self._held += worst
        return worst

    def settle(self, held: int, cost: int | None) -> None:
        """The call has ended and cost that much; None, where nobody knows, counts as all that was held."""
        with self._changed:
            self._held -= held
            self._spent += held if cost is None else cost
            self._changed.notify_all()

    def _told(self) -> str:
        return f"{to_usd(self.limit)} USD"

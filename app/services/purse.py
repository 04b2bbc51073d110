"""A purse is what this process may spend of one budget's period without asking the store."""

import time
from dataclasses import dataclass, field

from app.db.grants import Grant, Wish
from app.domain.budget import Due, Key


@dataclass(slots=True, eq=False)
class Purse:
    """Amounts in the budget's unit. `free` may be spent, `pledged` is held for calls under way, `spent` they have cost.

    `free + pledged + spent` is what the store knows as the grant's amount + charges; only asking the store changes it.
    `uncertain`: the store was asked and did not answer, so it may hold more than is known here, never less.
    `good_until`, of `time.monotonic()`: after it the grant may have lapsed, and nothing may be spent. `idle`: the least
    that was free since somebody last looked, so nobody needed it.
    """

    due: Due
    id: str
    free: int = 0
    pledged: int = 0
    spent: int = 0
    stored: bool = False
    uncertain: bool = False
    good_until: float = 0.0
    remainder: int = 0
    idle: int = 0
    used_at: float = field(default_factory=time.monotonic)
    made_at: float = field(default_factory=time.monotonic)

    @property
    def key(self) -> Key:
        """The period in the store."""
        return self.due.key

    @property
    def held(self) -> int:
        """What the store has in the name of this purse, in grant and charges."""
        return self.free + self.pledged + self.spent

    def covers(self, amount: int, now: float) -> bool:
        """Whether so much may be spent at once."""
        return amount <= self.free and now < self.good_until

    def pledge(self, amount: int) -> None:
        """Hold the amount; `free` falls below 0 until the store has given what is missing."""
        self.free -= amount
        self.pledged += amount

    def use(self, now: float) -> None:
        """Note that a call has needed it."""
        self.idle = min(self.idle, self.free)
        self.used_at = now

    def settle(self, amount: int, actual: int) -> None:
        """A call has ended that the amount was held for."""
        self.pledged -= amount
        self.spent += actual
        self.free += amount - actual

    def wish(self, worst: int) -> Wish:
        """What the store is asked for; more at once the dearer the call."""
        return Wish(self.key, self.id, self.stored, self.pledged + self.spent, worst)

    def agree(self, grant: Grant, good_until: float) -> None:
        """Believe the store. Only one asks it at a time, so whatever differs was lost on the way."""
        self.free += grant.amount + grant.charged - self.held
        self.stored, self.uncertain = True, False
        self.good_until = good_until

"""Where answers lie for all processes: a shelf in the store, or anything that can do the same."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Protocol

from app.db import cached_answers as rows
from app.db.cached_answers import Forgettable
from app.db.uow import Store
from app.domain.cached import Entry

Entries = Mapping[str, Entry]  # by fingerprint
ShelfKind = Literal["sqlite", "postgresql", "redis"]


class Shelf(Protocol):
    """Keeps answers by fingerprint. Every method may raise StoreUnavailable."""

    @property
    def kind(self) -> ShelfKind:
        """What it stands on."""

    def get(self, key: str, moment: datetime) -> Entry | None:
        """The answer, unless there is none or its lifetime is over."""

    def put(self, entries: Entries, moment: datetime) -> None:
        """Keeps the answers in place of older ones. Raises Invalid, and may keep none, when one cannot be kept."""

    def count(self) -> int:
        """How many answers are kept."""

    def forget(self, which: Forgettable) -> int:
        """How many answers were dropped."""

    def prune(self, moment: datetime, *, limit: int) -> int:
        """How many answers whose lifetime is over were dropped, at most `limit`."""

    def purges(self) -> int:
        """How often answers were forgotten on purpose; who sees it rise drops what it remembers."""

    def close(self) -> None:
        """Gives back what it opened itself."""


class StoreShelf:
    """The shelf in the database."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.kind: ShelfKind = "sqlite" if store.sqlite else "postgresql"

    def get(self, key: str, moment: datetime) -> Entry | None:
        """The answer, unless there is none or its lifetime is over."""
        with self._store.read() as tx:
            return rows.get(tx, key, moment)

    def put(self, entries: Entries, moment: datetime) -> None:
        """Keeps the answers in place of older ones, in one commit. Raises Invalid, and keeps none."""
        lasting = {key: entry for key, entry in entries.items() if entry.expires_at > moment}
        if lasting:
            with self._store.write() as tx:
                for key, entry in sorted(lasting.items()):  # in one order, lest two processes wait for each other
                    rows.put(tx, key, entry)

    def count(self) -> int:
        """How many answers are kept."""
        with self._store.read() as tx:
            return rows.count(tx)

    def forget(self, which: Forgettable) -> int:
        """How many answers were dropped."""
        with self._store.write() as tx:
            return rows.forget(tx, which)

    def prune(self, moment: datetime, *, limit: int) -> int:
        """How many answers whose lifetime is over were dropped, at most `limit`."""
        with self._store.write() as tx:
            return rows.prune(tx, moment, limit=limit)

    def purges(self) -> int:
        """How often answers were forgotten on purpose."""
        with self._store.read() as tx:
            return rows.purges(tx)

    def close(self) -> None:
        """Nothing: the store is not ours."""

"""Kept answers in Redis, which drops them by itself when their lifetime is over."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Final, Literal

from app.db.cached_answers import Forgettable
from app.db.entry_json import entry_from_json, entry_to_json
from app.db.redis import connect, translated
from app.domain.cached import Entry

BATCH: Final = 200


class RedisAnswers:
    """Shared by all processes that name the same address; `prefix` begins every key. All raise StoreUnavailable."""

    kind: Literal["redis"] = "redis"

    def __init__(self, url: str, *, prefix: str = "mm") -> None:
        self._redis = connect(url)
        self._answers, self._purged = f"{prefix}:answer:", f"{prefix}:answers-purged"

    def get(self, key: str, moment: datetime) -> Entry | None:
        """The answer, unless there is none or its lifetime is over."""
        with translated():
            raw = self._redis.get(self._answers + key)
        entry = entry_from_json(raw) if isinstance(raw, bytes) else None
        return None if entry is None or entry.expires_at <= moment else entry

    def put(self, entries: Mapping[str, Entry], moment: datetime) -> None:
        """Keeps the answers in place of older ones. Raises Invalid, and keeps none, for text that cannot be kept."""
        with translated(), self._redis.pipeline(transaction=False) as batch:
            for key, entry in entries.items():
                left_ms = round((entry.expires_at - moment).total_seconds() * 1000)
                if left_ms > 0:
                    batch.set(self._answers + key, entry_to_json(entry), px=left_ms)
            batch.execute()

    def count(self) -> int:
        """How many answers are kept."""
        with translated():
            return sum(1 for _ in self._keys())

    def forget(self, which: Forgettable) -> int:
        """How many answers were dropped; every process notices by `purges`."""
        gone = 0
        with translated():
            self._redis.incr(self._purged)
            keys = self._keys()
            while batch := list(islice(keys, BATCH)):
                gone += self._forget(batch, which)
        return gone

    def prune(self, moment: datetime, *, limit: int) -> int:
        """Nothing: Redis does it by itself."""
        return 0

    def purges(self) -> int:
        """How often answers were forgotten on purpose."""
        with translated():
            raw = self._redis.get(self._purged)
        return int(raw) if isinstance(raw, bytes) else 0

    def close(self) -> None:
        """Gives all connections back."""
        self._redis.close()

    def _forget(self, keys: list[bytes], which: Forgettable) -> int:
        raws = self._redis.mget(keys)
        gone = [
            key
            for key, raw in zip(keys, raws if isinstance(raws, list) else (), strict=False)
            if isinstance(raw, bytes) and ((entry := entry_from_json(raw)) is None or which.covers(entry.kept))
        ]
        dropped = self._redis.delete(*gone) if gone else 0
        return dropped if isinstance(dropped, int) else 0

    def _keys(self) -> Iterator[bytes]:
        yield from self._redis.scan_iter(match=f"{self._answers}*", count=BATCH)

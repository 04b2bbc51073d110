"""Processes that share a spool replay it once between them, while new facts keep coming."""

import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from app.db import calls
from app.db.facts import CallDone
from app.db.journal import Journal
from app.db.uow import Store
from tests.db import makers
from tests.db.outages import breakable

pytestmark = pytest.mark.race
CALLERS = 3


def test_journals_that_share_a_spool_replay_it_exactly_once(store_kind: str, tmp_path: Path) -> None:
    with breakable(store_kind, tmp_path) as (store, database):
        other = Store(store.engine.url.render_as_string(hide_password=False), busy_timeout_ms=50)
        journals = [Journal(each, tmp_path / "spool") for each in (store, other)]
        told: list[str] = []
        over = threading.Event()

        def work(journal: Journal) -> None:
            while not over.is_set():
                call = makers.call()
                journal.write([CallDone(call)], timeout_s=20)
                told.append(call.id)

        threads = [threading.Thread(target=work, args=(journal,)) for journal in journals * CALLERS]
        for thread in threads:
            thread.start()
        time.sleep(0.2)
        database.cut()
        while sum(journal.figures().spooled for journal in journals) < 100:
            time.sleep(0.01)
        database.mend()
        before = [journal.figures().facts for journal in journals]
        while any(journal.figures().facts < was + 20 for journal, was in zip(journals, before, strict=True)):
            time.sleep(0.01)  # until both write to the store again, though nobody stops asking
        over.set()
        for thread in threads:
            thread.join()
        while journals[0].spooled_bytes():
            time.sleep(0.01)
        for journal in journals:
            journal.close()

        assert [call for call, times in every_call(store, told).items() if times != 1] == []
        assert sum(journal.figures().replayed for journal in journals) >= 100
        assert sum(journal.figures().rejected for journal in journals) == 0
        other.close()


def every_call(store: Store, told: list[str]) -> Counter[str]:
    """How often each call that was told stands in the store."""
    found = Counter(dict.fromkeys(told, 0))
    cursor: str | None = None
    while True:
        with store.read() as tx:
            page, cursor = calls.page(tx, calls.CallFilter(), cursor=cursor, limit=200)
        found.update(call.id for call in page)
        if cursor is None:
            return found

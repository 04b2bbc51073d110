"""The course of the store's faults: one server per kind of store goes through all of them, under load."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlalchemy import make_url

from app.db.migrate import upgrade
from app.db.uow import Store
from app.domain.model import Price, Rates
from app.services import budgets, clock, prices
from app.services.budgets import Wanted
from tests import stores
from tests.faults.asking import (
    DEAR,
    FREE,
    STILL,
    TIGHT,
    Seen,
    Told,
    arms,
    ask,
    ask_everything,
    ask_of_a_tight_budget,
    direct,
    wait_for,
)
from tests.faults.breaking import MINDING_MODES, NO_ROOM, Cluster, File
from tests.faults.load import Acknowledged, under_load
from tests.faults.served import Served
from tests.services.made import make_use_case, start
from tests.worlds import opened

LOAD_S = 0.4
TODAY = date(2026, 1, 1)
LIMIT = 200_000_000  # nano-dollars; a hundredth of it pays for some calls of the dear model
BLOCK = {"BUDGET_OFFLINE": "block"}


@dataclass
class Course:
    """What happened on one kind of store: by fault what was seen, and all that callers were told."""

    kind: str
    url: str
    folder: Path
    before: dict[str, object] = field(default_factory=dict)
    seen: dict[str, Seen] = field(default_factory=dict)
    acknowledged: Acknowledged = field(default_factory=Acknowledged)
    cold: dict[str, list[Told]] = field(default_factory=dict)  # of a tight budget, after starts without the store
    blocked: dict[str, Told] = field(default_factory=dict)  # by what was asked of a server that spends nothing offline


@contextmanager
def prepared(kind: str, folder: Path) -> Iterator[Course]:
    """A store with two use cases, under experiment and with weights that hold still, and a budget of a tag."""
    (folder / "data").mkdir(parents=True)
    with stores.store_url(kind, folder / "data") as url:
        _fill(url, folder)
        yield Course(kind, url, folder)


def run(course: Course) -> None:
    """All faults of that kind of store, one after the other."""
    if course.kind == "sqlite":
        _with_file(course)
        path = Path(str(make_url(course.url).database))
        with Served(course.url, course.folder, extra=BLOCK) as server:
            file = File(path, server)
            _blocked(course, server, file.lock, file.unlock)
        return
    cluster = Cluster(course.url)
    try:
        _with_cluster(course, cluster)
        with Served(cluster.url, course.folder, extra=BLOCK) as server:
            _blocked(course, server, cluster.proxy.cut, cluster.proxy.mend)
    finally:
        cluster.close()


def _fill(url: str, folder: Path) -> None:
    store = Store(url)
    upgrade(store.engine)
    with opened(store, folder, clock=clock.now) as world:
        make_use_case(world, weights={"a": 5000, "b": 5000})
        make_use_case(world, STILL, weights={"a": 5000, "b": 5000})
        start(world, mode="optimise", max_step_pct=1.0)
        free = Price(valid_from=TODAY, source="nothing", checked=TODAY, rates=Rates.of(input=0, output=0))
        prices.put(world, FREE, free, actor="test")
        budgets.create(
            world,
            Wanted(name=TIGHT, scope="tag", scope_value=f"budget={TIGHT}", unit="usd", limit=LIMIT, period="total"),
        )
    store.close()


def _with_file(course: Course) -> None:
    path = Path(str(make_url(course.url).database))
    with Served(course.url, course.folder, prelude=MINDING_MODES) as server:
        file = File(path, server)
        course.before = arms(server)
        _under_load(course, server, "slow", file.lock, file.unlock)
        _under_load(course, server, "full", file.fill, file.empty)
        file.fill(NO_ROOM)
        course.seen["full-everywhere"] = ask_everything(server, "full-everywhere")
        file.empty()
        wait_for(server, "ready")
        for fault, begin, end in (
            ("read-only", file.forbid, file.allow),
            ("stopped", file.replace, file.put_back),
        ):
            with _restarted(course, server, fault, begin, end):
                course.seen[fault] = ask_everything(server, fault)
                course.cold[fault] = ask_of_a_tight_budget(server)


def _with_cluster(course: Course, cluster: Cluster) -> None:
    proxy = cluster.proxy
    with Served(cluster.url, course.folder) as server:
        course.before = arms(server)
        _under_load(course, server, "slow", proxy.pause, proxy.mend)
        _under_load(course, server, "late", lambda: proxy.slow(0.1), proxy.mend)
        _under_load(course, server, "read-only", cluster.forbid, cluster.allow)
        _under_load(course, server, "stopped", proxy.cut, proxy.mend)
        with _restarted(course, server, "kill", proxy.cut, proxy.mend):
            course.seen["kill"] = ask_everything(server, "kill")
            course.cold["kill"] = ask_of_a_tight_budget(server)


def _under_load(course: Course, server: Served, fault: str, begin: Callable[[], None], end: Callable[[], None]) -> None:
    """The fault begins and ends while callers ask; nobody of them may fail."""
    with under_load(server, course.acknowledged, callers=4, name=fault):
        time.sleep(LOAD_S)
        begin()
        time.sleep(LOAD_S)
        course.seen[fault] = ask_everything(server, fault)
        end()
    wait_for(server, "ready")


def _blocked(course: Course, server: Served, begin: Callable[[], None], end: Callable[[], None]) -> None:
    """What is said by a server that holds its share, and is not to spend it."""
    assert ask(server, "POST", "/api/v1/generate", direct(DEAR)).status == 200
    begin()
    course.blocked["write"] = ask(server, "PATCH", f"/api/v1/use-cases/{STILL}", {"title": "during block"})
    course.blocked["priced"] = ask(server, "POST", "/api/v1/generate", direct(DEAR))
    course.blocked["free"] = ask(server, "POST", "/api/v1/generate", direct(FREE))
    end()
    wait_for(server, "ready")


@contextmanager
def _restarted(
    course: Course, server: Served, fault: str, begin: Callable[[], None], end: Callable[[], None]
) -> Iterator[None]:
    """Killed under load when the fault has begun, and started again inside it."""
    with under_load(server, course.acknowledged, callers=4, name=fault):
        time.sleep(LOAD_S)
        if fault == "kill":
            begin()
            time.sleep(LOAD_S)
        server.kill()
    if fault != "kill":
        begin()
    server.start()
    yield
    end()
    wait_for(server, "ready")

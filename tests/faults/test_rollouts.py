"""Rollouts on real servers: several advance one experiment, one is killed, the store goes away and comes back."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Final

import orjson
import pytest
from sqlalchemy import func, select

from app.db import experiments as rows
from app.db.migrate import upgrade
from app.db.tables import moves
from app.db.uow import Store
from app.services import clock
from app.services.rollouts import WantedWarmup
from tests import stores
from tests.cli.command import environment, run
from tests.faults.breaking import Cluster
from tests.faults.served import Client, Served
from tests.faults.test_kill import every_opinion
from tests.services.agreeing import Recorded, agree
from tests.services.made import CODE, make_use_case, start
from tests.stores import KINDS, store_kind
from tests.waiting import until
from tests.worlds import opened

__all__ = ["store_kind"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

RAMP: Final = WantedWarmup(minutes=10, goals={"b": 9000}, hold=False)  # moves with the time, a few times a second
TICKING: Final = {"TICK_INTERVAL_S": "0.2"}
LOOK_S: Final = 0.1  # between two looks at the store, which the servers need themselves

Worth = Callable[[str, int], float]  # of a session, by its flow and its turn


def clear(flow: str, turn: int) -> float:
    """b is better, and everybody says so."""
    return {"a": 0.2, "b": 0.95}[flow]


def even(flow: str, turn: int) -> float:
    """Opinions differ, and not by flow."""
    return (turn * 7 % 11) / 10


@dataclass
class Judges:
    """Callers that pick and judge until told to stop; `told`: session and value by acknowledged opinion."""

    worth: Worth
    told: dict[str, tuple[str, float]] = field(default_factory=dict)
    failed: list[AssertionError] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def work(self, server: Served, name: str) -> None:
        """A caller of one server; an answer that does not come, or that turns it away, acknowledges nothing."""
        turn = 0
        while not self.stop.is_set():
            try:
                with server.client() as client:
                    while not self.stop.is_set():
                        turn += 1
                        self._judge(client, f"{name}-{turn}", turn)
            except (OSError, HTTPException):
                self.stop.wait(LOOK_S)
            except AssertionError as error:
                self.failed.append(error)
                return

    def _judge(self, client: Client, name: str, turn: int) -> None:
        status, answer = client.send("POST", f"/api/v1/use-cases/{CODE}/pick", {"correlation_id": name})
        assert status in (200, 503), answer
        if status != 200:
            return
        worth = self.worth(orjson.loads(answer)["flow"], turn)
        given = {"use_case": CODE, "correlation_id": name, "kind": "score", "value": worth}
        status, answer = client.send("POST", "/api/v1/feedback", given)
        assert status in (201, 503), answer
        if status == 201:
            told = orjson.loads(answer)
            self.told[told["id"]] = (told["session_id"], worth)


@contextmanager
def judging(judges: Judges, servers: list[Served]) -> Iterator[None]:
    """Each server has two callers inside the block."""
    threads = [
        threading.Thread(target=judges.work, args=(server, f"s{at}-{number}"))
        for at, server in enumerate(servers)
        for number in range(2)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        judges.stop.set()
        for thread in threads:
            thread.join()
    assert judges.failed == []


@dataclass(frozen=True, slots=True)
class Rollout:
    """A running experiment in a store, and a look of our own at it."""

    url: str
    folder: Path
    experiment: str
    store: Store

    def moves(self) -> int:
        """How many there are by now."""
        time.sleep(LOOK_S)
        with self.store.read() as tx:
            own = select(func.count()).where(moves.c.experiment_id == self.experiment)
            return int(tx.execute(own).scalar_one())

    def outcome(self) -> str | None:
        """What was decided by now."""
        time.sleep(LOOK_S)
        with self.store.read() as tx:
            return rows.get(tx, self.experiment).outcome

    def checked(self, judges: Judges) -> Recorded:
        """What is stored, once it agrees with itself and with what callers were told.

        An opinion whose answer was lost on its way may stand too; one that was acknowledged stands exactly once.
        """
        with opened(self.store, self.folder / "after", clock=clock.now) as world:
            known = agree(world, self.experiment)
            opinions = {one.id: one for one in every_opinion(world)}
        assert [name for name in judges.told if name not in opinions] == []
        assert {name: (opinions[name].session_id, opinions[name].value) for name in judges.told} == judges.told
        assert len({(one.session_id, one.kind, one.rater) for one in opinions.values()}) == len(opinions)
        assert sum(known.evidence.values()) == len(opinions)
        return known


@contextmanager
def running(kind: str, folder: Path, **wanted: object) -> Iterator[Rollout]:
    """A store with a running experiment of two flows."""
    with stores.store_url(kind, folder) as url:
        store = Store(url)
        upgrade(store.engine)
        with opened(store, folder / "before", clock=clock.now) as world:
            make_use_case(world, weights={"a": 5000, "b": 5000})
            experiment = start(world, scale="decimal", tick_s=0.1, **wanted)
        yield Rollout(url, folder, experiment.id, store)
        store.close()


@contextmanager
def two_servers(url: str, folder: Path) -> Iterator[list[Served]]:
    """Both beat, and have folders of their own, as on machines of their own."""
    folders = [folder / "one", folder / "other"]
    servers = [Served(url, own, extra=TICKING) for own in folders]
    for own in folders:
        own.mkdir()
    with ExitStack() as stack, ThreadPoolExecutor(2) as pool:
        for server in servers:
            stack.callback(server.kill)
        list(pool.map(Served.start, servers))
        yield servers


def test_two_servers_crown_one_winner_once(store_kind: str, tmp_path: Path) -> None:
    """Both tick and get feedback: one decides, all that was acknowledged counts once, and each event is told once."""
    judges = Judges(clear)
    with running(store_kind, tmp_path) as rollout:
        with two_servers(rollout.url, tmp_path) as servers, judging(judges, servers):
            until(lambda: rollout.outcome() is not None or judges.failed != [])
        known = rollout.checked(judges)
        said = run(
            "experiments", "replay", rollout.experiment, variables=environment(tmp_path, DATABASE_URL=rollout.url)
        )

    told = Counter(known.events)
    assert (known.experiment.outcome, known.experiment.decided_by) == ("completed", "rule")
    assert (told["completed"], told["escaped"], told["dropped"] <= 1) == (1, 0, True)
    assert sorted(known.weights.values()) == [0, 10_000]
    assert {move.actor for move in known.moves} == {"allocator"}
    assert (said.returncode, said.stdout.splitlines()[-1:]) == (
        0,
        [f"{len(known.moves)} steps came out the same, bit for bit"],
    )


def test_a_rollout_goes_on_without_the_server_that_was_killed(store_kind: str, tmp_path: Path) -> None:
    """wire.md C8: no acknowledged feedback is lost with a process, and none is counted twice when it comes back."""
    judges = Judges(even)
    with running(store_kind, tmp_path, warmup=RAMP, epsilon=0.0) as rollout:
        with two_servers(rollout.url, tmp_path) as (killed, other):
            with judging(judges, [killed, other]):
                until(lambda: rollout.moves() >= 2 and len(judges.told) > 40)
                killed.kill()
                before = rollout.moves()
                until(lambda: rollout.moves() > before + 1 or judges.failed != [])
                killed.start()
                heard = len(judges.told)
                until(lambda: len(judges.told) > heard + 20 or judges.failed != [])
            for server in (killed, other):
                assert server.stop(signal.SIGTERM) == 0
        rollout.checked(judges)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind == "postgresql"])
def test_ticks_go_on_after_the_store_was_away(kind: str, tmp_path: Path) -> None:
    """wire.md C10: no connection is kept for good by what beats, so nothing must be started anew."""
    with running(kind, tmp_path, warmup=RAMP) as rollout:
        cluster = Cluster(rollout.url)
        try:
            with two_servers(cluster.url, tmp_path) as servers:
                until(lambda: rollout.moves() >= 1)
                cluster.proxy.cut()
                until(lambda: all(said_of_the_store(server) == "down" for server in servers))
                before = rollout.moves()
                cluster.proxy.mend()
                until(lambda: rollout.moves() > before + 2)
            rollout.checked(Judges(even))
        finally:
            cluster.close()


def said_of_the_store(server: Served) -> object:
    """How the server finds its store."""
    time.sleep(LOOK_S)
    with server.client() as client:
        _, answer = client.send("GET", "/health/ready")
    return orjson.loads(answer).get("store")

"""The bench itself: an upstream, servers of ours on stores of their own, and one run per scenario."""

import itertools
import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.faults.bench import asks
from tests.faults.bench.answer import Answer
from tests.faults.bench.asks import Ask
from tests.faults.bench.catalogue import catalogue
from tests.faults.bench.checks import every_request_booked
from tests.faults.bench.line import Request
from tests.faults.bench.memory import watching
from tests.faults.bench.scenario import Scenario, Seen
from tests.faults.bench.settings import QUICK, Setting
from tests.faults.bench.upstream import Upstream
from tests.faults.served import KEY, Client, Served

KEYS: Final = "key-a,key-b"
TOGETHER: Final = 12  # most of a scenario's time is waiting
ROWS_S: Final = 30.0
NAMES: Final = ("primary", "secondary")


@dataclass(slots=True)
class Report:
    """A scenario with what was wrong; nothing, when all was as it must be."""

    scenario: Scenario
    complaints: list[str]
    seen: Seen
    took_s: float


@dataclass(slots=True)
class Run:
    """One scenario on one server; what its course can do."""

    scenario: Scenario
    server: Served
    upstream: Upstream
    seen: Seen = field(init=False)
    _asked: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.seen = Seen(self.scenario.setting)

    def ask(self, how: Ask) -> Answer:
        """One question, remembered with its answer."""
        number = next(self._asked)
        address = ("127.0.0.1", self.server.port)
        answer = asks.ask(address, KEY, how, self.scenario.name, sent=lambda: len(self.requests()) >= number)
        self.seen.answers.append(answer)
        return answer

    def crowd(self, how: Ask, *, callers: int, calls: int = 1) -> list[Answer]:
        """So many callers at once, each so often in a row."""
        with ThreadPoolExecutor(callers) as pool:
            turns = pool.map(lambda _: [self.ask(how) for _ in range(calls)], range(callers))
            return list(itertools.chain.from_iterable(turns))

    def requests(self) -> list[Request]:
        """What the upstream has seen so far."""
        return self.upstream.seen(self.scenario.name)

    def report(self) -> Report:
        """Run it, look at both sides, and complain."""
        began = time.monotonic()
        scripts = dict(zip(NAMES, (self.scenario.primary, self.scenario.secondary), strict=True))
        self.upstream.teach(self.scenario.name, scripts)
        if self.scenario.ask.chain and self.scenario.ask.door != "native":
            with self.server.client() as client:
                _use_case(client, self.scenario.name)
        with watching(self.server, self.seen.counts) if self.scenario.alone else nullcontext():
            self.scenario.course(self, self.scenario.ask)
        with self.server.client() as client:
            self._look(client)
        complaints = [told for check in (*self.scenario.must, every_request_booked) for told in check(self.seen)]
        return Report(self.scenario, complaints, self.seen, time.monotonic() - began)

    def _look(self, client: Client) -> None:
        """Rows of callers who left, and the end of their connections, come a little later."""
        leaving = self.scenario.ask.leaves
        until = time.monotonic() + ROWS_S
        while True:
            self.seen.requests, self.seen.rows = self.requests(), list(self._rows(client))
            closed = all(request.left_at or request.ended_at for request in self.seen.requests)
            if not leaving or time.monotonic() > until or (closed and len(self.seen.rows) >= len(self.seen.requests)):
                return
            time.sleep(0.1)

    def _rows(self, client: Client) -> Iterator[dict[str, object]]:
        for name in NAMES:
            status, body = client.send("GET", f"/api/v1/calls?limit=200&model={self.scenario.name}/{name}")
            if status == 200:
                yield from json.loads(body)["items"]


class Stand:
    """All servers that the scenarios need, started at once; each scenario has models and a provider of its own."""

    def __init__(self, upstream: Upstream, servers: dict[str, Served]) -> None:
        self._upstream = upstream
        self._servers = servers

    def run(self, scenario: Scenario) -> Report:
        """One scenario, which can run once. A bench that fails itself is a complaint too."""
        run = Run(scenario, self._servers[scenario.setting.name], self._upstream)
        try:
            return run.report()
        except (OSError, AssertionError, ValueError, LookupError) as error:
            return Report(scenario, [f"the bench failed: {type(error).__name__}: {error}"[:400]], run.seen, 0.0)

    def run_all(self, scenarios: Sequence[Scenario], *, together: int = TOGETHER) -> Iterator[Report]:
        """Some at a time, then those that need the machine for themselves."""
        with ThreadPoolExecutor(together) as pool:
            yield from pool.map(self.run, [one for one in scenarios if not one.alone])
        yield from map(self.run, [one for one in scenarios if one.alone])


@contextmanager
def stand(scenarios: Sequence[Scenario], folder: Path) -> Iterator[Stand]:
    """A stand for these scenarios, in an empty folder."""
    with ExitStack() as stack:
        upstream = stack.enter_context(Upstream())
        file = write_catalogue(scenarios, folder, upstream)
        settings = {one.setting.name: one.setting for one in scenarios}
        servers = {
            name: stack.enter_context(_server(setting, folder, file, upstream)) for name, setting in settings.items()
        }
        with ThreadPoolExecutor(len(servers)) as pool:
            list(pool.map(Served.start, servers.values()))
        yield Stand(upstream, servers)


@contextmanager
def elsewhere(port: int, upstream_port: int) -> Iterator[Stand]:
    """A stand with a server that runs already, on `variables_of` the setting QUICK and this upstream port."""
    with Upstream(upstream_port) as upstream:
        yield Stand(upstream, {QUICK.name: Served("", Path(), port=port)})


def write_catalogue(scenarios: Sequence[Scenario], folder: Path, upstream: Upstream) -> Path:
    """The catalogue file for these scenarios on this upstream."""
    file = folder / "catalogue.toml"
    file.write_text(catalogue(scenarios, port=upstream.port, deaf_port=upstream.deaf_port))
    return file


def variables_of(setting: Setting, file: Path, upstream: Upstream) -> dict[str, str]:
    """The environment that a server under test needs beside store and port."""
    return {
        "CATALOGUE_FILE": str(file),
        "OPENAI_API_KEYS": KEYS,
        "OPENAI_BASE_URL": f"http://127.0.0.1:{upstream.port}/two-keys/v1",
        **setting.variables(),
    }


@contextmanager
def _server(setting: Setting, folder: Path, file: Path, upstream: Upstream) -> Iterator[Served]:
    own = folder / setting.name
    own.mkdir()
    given = variables_of(setting, file, upstream)
    server = Served(f"sqlite:///{own}/store.db", own, extra=given)
    try:
        yield server
    finally:
        server.kill()


def _use_case(client: Client, code: str) -> None:
    """An active use case whose one step asks the primary, then the secondary, and passes the chat on."""
    models = [f"{code}/{name}" for name in NAMES]
    client.post("/use-cases", {"code": code})
    steps = [{"code": "answer", "prompt": "", "choice": {"models": models}}]
    client.post(f"/use-cases/{code}/flows", {"code": "a", "steps": steps})
    for path, change in ((f"/use-cases/{code}/flows/a", {"active": True}), (f"/use-cases/{code}", {"active": True})):
        status, told = client.send("PATCH", f"/api/v1{path}", change)
        assert status == 200, told
    status, told = client.send("PUT", f"/api/v1/use-cases/{code}/weights", {"weights": {"a": 10_000}})
    assert status == 200, told

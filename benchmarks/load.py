"""A closed-loop load generator: n connections, each sends its next request when the last answer is whole."""

import http.client
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(slots=True)
class Result:
    """Latencies in ms of good answers, sorted; `failed` counts all others; `elapsed_s` of the whole."""

    latencies: list[float] = field(default_factory=list)
    failed: int = 0
    elapsed_s: float = 0.0

    @property
    def rate(self) -> float:
        """Good answers per second."""
        return len(self.latencies) / self.elapsed_s

    def quantile(self, part: float) -> float:
        """The latency in ms under which that part of the answers lies."""
        return self.latencies[min(len(self.latencies) - 1, int(part * len(self.latencies)))]


Body = Callable[[int], dict[str, object]]


def run(url: str, body: Body, *, key: str, connections: int, seconds: float) -> Result:
    """Send `body(n)` for n = 0, 1, … over `connections` for `seconds`."""
    result, lock = Result(), threading.Lock()
    numbers = iter(range(10**9))
    until = time.perf_counter() + seconds

    def work() -> None:
        mine, failed = _loop(url, body, key=key, numbers=numbers, until=until)
        with lock:
            result.latencies.extend(mine)
            result.failed += failed

    threads = [threading.Thread(target=work) for _ in range(connections)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.elapsed_s = time.perf_counter() - started
    result.latencies.sort()
    return result


def _loop(url: str, body: Body, *, key: str, numbers: "object", until: float) -> tuple[list[float], int]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    latencies, failed = [], 0
    while time.perf_counter() < until:
        text = json.dumps(body(next(numbers)))  # type: ignore[call-overload]  # an iterator shared by the threads
        begun = time.perf_counter()
        connection.request("POST", parts.path, text, headers)
        response = connection.getresponse()
        response.read()
        if response.status < 300:
            latencies.append((time.perf_counter() - begun) * 1000)
        else:
            failed += 1
    connection.close()
    return latencies, failed

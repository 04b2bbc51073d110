"""What the service adds to a model call: latency at 1 and 50 connections, requests/s, CPU and memory, logging on.

Beside it, in the same minute, the baseline: the OpenAI SDK straight to the same upstream. A peer that speaks OpenAI's
protocol runs beside both with `--peer http://127.0.0.1:4000/v1 --peer-key … --peer-model …`.
"""

import argparse
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import rig
from load import Result, run
from openai import OpenAI

MODEL = "local/smollm2-135m"
MESSAGES = [{"role": "user", "content": "Say four words, please."}]


def direct(base_url: str, *, connections: int, seconds: float) -> Result:
    """The SDK without anything between, with the same loop."""
    client = OpenAI(base_url=base_url, api_key="none", max_retries=0)
    until, result, lock = time.perf_counter() + seconds, Result(), threading.Lock()

    def work(_: int) -> None:
        mine = []
        while time.perf_counter() < until:
            begun = time.perf_counter()
            client.post("/chat/completions", body={"model": "bench", "messages": MESSAGES}, cast_to=object)
            mine.append((time.perf_counter() - begun) * 1000)
        with lock:
            result.latencies.extend(mine)

    started = time.perf_counter()
    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(work, range(connections)))
    result.elapsed_s = time.perf_counter() - started
    result.latencies.sort()
    return result


def service(url: str, key: str, *, model: str, connections: int, seconds: float) -> Result:
    """Chat completions through a service that speaks OpenAI's protocol."""
    body = {"model": model, "messages": MESSAGES, "max_tokens": 16}
    return run(f"{url}/chat/completions", lambda _: body, key=key, connections=connections, seconds=seconds)


def show(name: str, result: Result, base: Result | None = None, more: str = "") -> None:
    """One line; with a baseline, what is added to it."""
    line = f"  {name:<28} {result.rate:8.0f}/s  p50 {result.quantile(0.5):7.2f} ms  p99 {result.quantile(0.99):7.2f} ms"
    if base is not None:
        added = (result.quantile(part) - base.quantile(part) for part in (0.5, 0.99))
        line += "  added p50 {:6.2f}  p99 {:6.2f}".format(*added) + f"  rate x{result.rate / base.rate:.2f}"
    print(line + (f"  FAILED {result.failed}" if result.failed else "") + more)


def compare(given: argparse.Namespace, *, delay_ms: float, connections: int, workers: int) -> None:
    """One row of the table: direct, ours, and the peer if there is one."""
    print(f"\nupstream answers in {delay_ms:g} ms, {connections} connection(s), {workers} worker(s)")
    load = {"connections": connections, "seconds": given.seconds}
    with rig.upstream(delay_ms=delay_ms) as url:
        base = direct(url, **load)
        show("direct (OpenAI SDK)", base)
        with rig.serving(url, workers=workers) as server:
            own = f"{server.base_url}/v1"
            service(own, server.key, model=MODEL, connections=connections, seconds=1)
            cpu = server.cpu_s()
            ours = service(own, server.key, model=MODEL, **load)
            cost = (server.cpu_s() - cpu) * 1000 / max(1, len(ours.latencies))
            show("Model Match", ours, base, f"  CPU {cost:.2f} ms/request  memory {server.memory_mb():.0f} MB")
    if given.peer:
        show("peer", service(given.peer, given.peer_key, model=given.peer_model, **load), base)


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=8)
    options.add_argument("--peer", help="base URL of a service to run beside, set up with an upstream of its own")
    options.add_argument("--peer-key", default="none")
    options.add_argument("--peer-model", default="bench")
    given = options.parse_args()
    compare(given, delay_ms=0, connections=1, workers=1)
    compare(given, delay_ms=50, connections=50, workers=2)
    compare(given, delay_ms=0, connections=32, workers=2)


if __name__ == "__main__":
    main()

"""200 concurrent streams of 10 s on one worker: how many complete, and by how much the first token is delayed."""

import argparse
import http.client
import json
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import rig

MODEL = "local/smollm2-135m"


@dataclass(slots=True)
class Seen:
    """First-token times in ms, and streams that ended with the end mark."""

    first: list[float] = field(default_factory=list)
    whole: int = 0
    events: int = 0


def listen(url: str, key: str, model: str, seen: Seen, lock: threading.Lock) -> None:
    """Read one stream to its end."""
    parts = urlsplit(url)
    body = {"model": model, "messages": [{"role": "user", "content": "go"}], "stream": True, "max_tokens": 1000}
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
    begun = time.perf_counter()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request("POST", f"{parts.path}/chat/completions", json.dumps(body, separators=(",", ":")), headers)
    response = connection.getresponse()
    first, events, whole = None, 0, False
    for line in response:
        if b'"content":"word' in line or b'"content": "word' in line:
            events += 1
            first = first if first is not None else (time.perf_counter() - begun) * 1000
        whole = whole or line.startswith(b"data: [DONE]")
    with lock:
        seen.whole += whole
        seen.events += events
        if first is not None:
            seen.first.append(first)


def streams(url: str, key: str, model: str, *, count: int) -> Seen:
    """`count` streams begun within one second."""
    seen, lock = Seen(), threading.Lock()
    threads = [threading.Thread(target=listen, args=(url, key, model, seen, lock)) for _ in range(count)]
    for thread in threads:
        thread.start()
        time.sleep(1 / count)
    for thread in threads:
        thread.join()
    seen.first.sort()
    return seen


def main() -> None:
    """Direct and through one worker, with the difference."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--streams", type=int, default=200)
    options.add_argument("--seconds", type=float, default=10)
    given = options.parse_args()
    with rig.upstream(pieces=50, gap_ms=given.seconds * 1000 / 50) as url, rig.serving(url, workers=1) as server:
        base = streams(url, "none", "bench", count=given.streams)
        streams(f"{server.base_url}/v1", server.key, MODEL, count=2)
        ours = streams(f"{server.base_url}/v1", server.key, MODEL, count=given.streams)
    for name, seen in (("direct", base), ("Model Match, 1 worker", ours)):
        p50, p99 = seen.first[len(seen.first) // 2], seen.first[int(len(seen.first) * 0.99)]
        print(f"{name:<24} {seen.whole}/{given.streams} whole  first token p50 {p50:.1f} ms  p99 {p99:.1f} ms")
    delay = ours.first[len(ours.first) // 2] - base.first[len(base.first) // 2]
    print(f"first token delayed by {delay:.1f} ms at p50; events kept: {ours.events / base.events:.1%}")


if __name__ == "__main__":
    main()

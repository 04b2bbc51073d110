"""A use case with two flows, made over HTTP, for benchmarks to send traffic to."""

import json
import urllib.request

import rig


def call(server: rig.Server, method: str, path: str, body: dict[str, object]) -> None:
    """One request that must succeed."""
    request = urllib.request.Request(
        f"{server.base_url}/api/v1{path}",
        data=json.dumps(body).encode(),
        method=method,
        headers={"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        response.read()


def author(server: rig.Server, *, model: str) -> None:
    """Use case `bench` with flows `one` and `two`, active, each with half of the traffic."""
    call(server, "POST", "/use-cases", {"code": "bench", "title": "Benchmark", "steps": [{"code": "answer"}]})
    for flow in ("one", "two"):
        step = {"code": "answer", "prompt": "Say four words about {{ text }}.", "choice": {"models": [model]}}
        step["params"] = {"max_tokens": 16}
        call(server, "POST", "/use-cases/bench/flows", {"code": flow, "title": flow, "steps": [step]})
        call(server, "PATCH", f"/use-cases/bench/flows/{flow}", {"active": True})
    call(server, "PUT", "/use-cases/bench/weights", {"weights": {"one": 5000, "two": 5000}})
    call(server, "PATCH", "/use-cases/bench", {"active": True})

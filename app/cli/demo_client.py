"""The demo's side of the wire: plain HTTP, as any product backend would speak it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click
import requests

from app.cli.demo_data import DemoInput, DemoTask
from app.cli.demo_server import DemoServer
from app.domain.scoring import score

Json = dict[str, Any]
TIMEOUT_S = 120.0
PAGE = 200


@dataclass(frozen=True, slots=True)
class Answered:
    """One session: which flow served it and whether its answer was right."""

    flow: str
    right: bool


class DemoClient:
    """Speaks to one server with one key; a session of `requests` per thread is kept by the caller."""

    def __init__(self, server: DemoServer) -> None:
        self._base_url = f"{server.base_url}/api/v1"
        self._http = requests.Session()
        self._http.headers["Authorization"] = f"Bearer {server.key}"

    def call(self, method: str, path: str, body: Json | None = None, *, query: Json | None = None) -> Json:
        """The answer's JSON. Raises ClickException with the problem's own words."""
        response = self._http.request(method, self._base_url + path, json=body, params=query, timeout=TIMEOUT_S)
        if not response.ok:
            raise click.ClickException(f"{method} {path}: {response.status_code} {response.text}")
        found: Json = response.json() if response.content else {}
        return found

    def author(self, task: DemoTask, model: str, *, options: Sequence[Json] = ()) -> None:
        """Create the use case with its flows, share traffic evenly, and open it. `options`: per flow, if any."""
        steps = [{"code": task.step, "title": task.title}]
        self.call("POST", "/use-cases", {"code": task.code, "title": task.title, "steps": steps})
        for place, flow in enumerate(task.flows):
            more = {"options": options[place]} if options else {}
            step = {
                "code": task.step,
                "system": flow.system,
                "prompt": flow.prompt,
                "choice": {"models": [model]},
                "params": {**flow.params, **more},
            }
            self.call(
                "POST", f"/use-cases/{task.code}/flows", {"code": flow.code, "title": flow.title, "steps": [step]}
            )
            self.call("PATCH", f"/use-cases/{task.code}/flows/{flow.code}", {"active": True})
        share, rest = divmod(10_000, len(task.flows))
        weights = {flow.code: share + (place < rest) for place, flow in enumerate(task.flows)}
        self.call("PUT", f"/use-cases/{task.code}/weights", {"weights": weights})
        self.call("PATCH", f"/use-cases/{task.code}", {"active": True})

    def start(self, task: DemoTask, *, sessions: int) -> str:
        """Start the experiment; its id."""
        body = {
            "use_case": task.code,
            "policy": "progressive",
            "scale": "binary",
            "max_sessions": sessions,
            "tick_s": 1,
        }
        return str(self.call("POST", "/experiments", body)["id"])

    def readout(self, experiment: str) -> Json:
        """What the experiment knows, with the experiment itself."""
        answered = self.call("GET", f"/experiments/{experiment}")
        return {**answered["readout"], "experiment": answered}

    def serve(self, task: DemoTask, given: DemoInput, correlation_id: str) -> Answered:
        """One session: ask, check the answer against its label, say so as feedback."""
        body = {"correlation_id": correlation_id, "inputs": {"text": given.text}}
        answer = self.call("POST", f"/use-cases/{task.code}/generate", body)
        right = score(str(answer["text"]), given.label, rule=task.rule)
        opinion = {"kind": "score", "value": right, "use_case": task.code, "correlation_id": correlation_id}
        self.call("POST", "/feedback", {**opinion, "rater": "label"})
        return Answered(str(answer["flow"]), right == 1.0)

    def calls(self, task: DemoTask) -> list[Json]:
        """Every call of the use case that the log holds."""
        return self._all("/calls", use_case=task.code)

    def moves(self, task: DemoTask) -> list[Json]:
        """Every move of the use case, oldest first."""
        return list(reversed(self._all(f"/use-cases/{task.code}/moves")))

    def _all(self, path: str, **query: str | int) -> list[Json]:
        items: list[Json] = []
        cursor: str | None = None
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = self.call("GET", path, query={"limit": PAGE, **query, **more})
            items.extend(page["items"])
            cursor = page["next"]
            if cursor is None:
                return items

"""The demo's use case, flows and labelled texts, as they ship in the catalogue."""

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files

import orjson


@dataclass(frozen=True, slots=True)
class DemoFlow:
    """One prompt that a person could well have written; `params` as the API takes them."""

    code: str
    title: str
    system: str
    prompt: str
    params: dict[str, object]


@dataclass(frozen=True, slots=True)
class DemoInput:
    """A text and the answer that is right."""

    text: str
    label: str


@dataclass(frozen=True, slots=True)
class DemoTask:
    """What the demo does: `rule` checks an answer against its label, and `right` says so in words."""

    code: str
    title: str
    step: str
    rule: str
    right: str
    flows: tuple[DemoFlow, ...]
    inputs: tuple[DemoInput, ...]


SIMULATED_QUALITY = (0.55, 0.70, 0.90)
PARAMS = ("max_tokens", "temperature", "seed", "stop")


def load() -> DemoTask:
    """The task from the files of the catalogue."""
    folder = files("app.catalogue") / "demo"
    data = tomllib.loads((folder / "flows.toml").read_text("utf-8"))
    use_case = data["use_case"]
    lines = (folder / use_case["inputs"]).read_text("utf-8").splitlines()
    return DemoTask(
        code=use_case["code"],
        title=use_case["title"],
        step=use_case["step"],
        rule=use_case["rule"],
        right=use_case["right"],
        flows=tuple(_flow(flow) for flow in data["flows"]),
        inputs=tuple(DemoInput(**orjson.loads(line)) for line in lines if line),
    )


def simulated_options(task: DemoTask) -> list[dict[str, object]]:
    """For each flow, how the simulated model plays it: it knows the labels, and a flow is right as often as given."""
    answers = {re.escape(given.text): given.label for given in task.inputs}
    return [{"answers": answers, "quality": quality} for quality in SIMULATED_QUALITY[: len(task.flows)]]


def _flow(flow: dict[str, object]) -> DemoFlow:
    return DemoFlow(
        code=str(flow["code"]),
        title=str(flow["title"]),
        system=str(flow["system"]),
        prompt=str(flow["prompt"]).strip("\n"),
        params={name: flow[name] for name in PARAMS if name in flow},
    )

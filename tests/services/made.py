"""Use cases for tests are made with as few words as the behaviour under test needs."""

from collections.abc import Iterator, Mapping, Sequence
from unittest.mock import patch

from app.domain.experiment import Experiment
from app.domain.flow import Choice, Flow, Params, Step
from app.domain.message import Delta, Json, ModelRequest, Usage
from app.domain.use_case import StepSpec
from app.services import experiments, flows, use_cases
from app.services.asking import Asked
from app.services.experiments import Wanted
from app.services.flows import FlowEdit
from app.services.use_cases import UseCaseEdit
from app.services.world import World

CODE = "uc"
SMALL = "simulated/small"
UNPRICED = "simulated/unpriced"


def make_step(
    code: str = "answer", prompt: str = "Say {{ text }}", *, models: Sequence[str] = (SMALL,), **options: object
) -> Step:
    """A step of four words with the simulated model's options."""
    return Step(code, prompt, Choice(tuple(models)), params=Params(max_tokens=4, options=options))


def make_use_case(
    world: World,
    code: str = CODE,
    *,
    weights: Mapping[str, int] | None = None,
    steps: Sequence[Step] = (make_step(),),
    own: Mapping[str, Sequence[Step]] | None = None,
) -> None:
    """An active use case with one flow per weight, all with the same steps except those of `own` by flow."""
    shares = weights or {"a": 10_000}
    specs = tuple(StepSpec(step.code) for step in steps)
    with patch.object(world.snapshots, "refresh"):  # it follows once, after all of these edits
        use_cases.create(world, UseCaseEdit(code=code, title=code, steps=specs))
        for flow in shares:
            flows.create(world, code, FlowEdit(code=flow, steps=tuple((own or {}).get(flow, steps))))
            flows.change(world, code, flow, FlowEdit(active=True), actor="test")
        if len(shares) > 1:
            flows.set_weights(world, code, shares, actor="test")
        use_cases.change(world, code, UseCaseEdit(active=True))
    world.snapshots.refresh()


def start(world: World, code: str = CODE, **wanted: object) -> Experiment:
    """A running experiment; binary rewards unless said otherwise."""
    return experiments.start(world, code, Wanted(**{"scale": "binary", **wanted}))  # type: ignore[arg-type]  # fields of Wanted by name


def ask(correlation_id: str = "c1", *, text: str = "hello", **given: object) -> Asked:
    """A request that fills the usual prompt."""
    inputs: Json = {"text": text}
    return Asked(correlation_id, **{"inputs": inputs, **given})  # type: ignore[arg-type]  # fields of Asked by name


def all_flows(world: World, code: str = CODE) -> dict[str, Flow]:
    """Stored flows by code."""
    found, _ = flows.page(world, code, search=None, order="code", cursor=None, limit=100)
    return {flow.code: flow for flow in found}


def weights_now(world: World, code: str = CODE) -> dict[str, int]:
    """Stored weights by flow code."""
    return {name: flow.weight for name, flow in all_flows(world, code).items()}


def say(*texts: str) -> Iterator[Delta]:
    """A whole answer in these pieces."""
    yield from (Delta(text=text) for text in texts)
    yield Delta(finish_reason="stop", usage=Usage(input_tokens=10, output_tokens=len(texts)))


def cut(request: ModelRequest) -> Iterator[Delta]:
    """An answer that breaks off without its end."""
    yield Delta(text="half of")
    yield Delta(text=" it")

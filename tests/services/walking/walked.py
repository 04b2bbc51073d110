"""Flows of several steps for tests, whose models say what the test wants and remember what they were asked."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

from app.domain.errors import ProviderError, ProviderUnavailable
from app.domain.flow import Choice, Params, RunLimits, Step
from app.domain.message import Delta, ModelRequest, Usage
from app.domain.run_step import RunStep
from app.domain.use_case import StepSpec
from app.services import flows, generate, runs, use_cases
from app.services.asking import Asked
from app.services.flows import FlowEdit
from app.services.generate import Finished
from app.services.use_cases import UseCaseEdit
from app.services.walking.moved import StepMoved
from app.services.world import World
from tests.services.made import CODE, SMALL, ask
from tests.worlds import with_script

Says = Callable[[str], str | Exception]


class Models:
    """All models at once: `says` gets the last turn and gives the answer, or the error to raise. Safe for threads."""

    def __init__(self, says: Says) -> None:
        self._says = says
        self._lock = threading.Lock()
        self.requests: list[ModelRequest] = []
        self.at_once = 0
        self.most_at_once = 0

    @property
    def asked(self) -> list[str]:
        """The last turn of each request, in the order in which they came."""
        return [request.messages[-1].text for request in self.requests]

    def __call__(self, request: ModelRequest) -> Iterator[Delta]:
        with self._lock:
            self.requests.append(request)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            said = self._says(request.messages[-1].text)
        finally:
            with self._lock:
                self.at_once -= 1
        if isinstance(said, Exception):
            raise said
        half = len(said) // 2
        yield Delta(text=said[:half])
        yield Delta(text=said[half:])
        yield Delta(finish_reason="stop", usage=Usage(input_tokens=10, output_tokens=4))


def step(code: str, prompt: str = "", *, options: dict[str, object] | None = None, **given: object) -> Step:
    """A step that says its own name to the model, unless it has a prompt."""
    params = Params(max_tokens=4, options=options or {})
    return Step(code, prompt or f"{code}?", Choice((SMALL,)), params=params, **given)  # type: ignore[arg-type]  # fields of Step by name


def make_flow(world: World, *steps: Step, limits: RunLimits | None = None, declared: int = 1) -> None:
    """An active use case with one flow of these steps; all but the first `declared` are the flow's own."""
    mine = tuple(each if place < declared else replace(each, own=True) for place, each in enumerate(steps))
    with patch.object(world.snapshots, "refresh"):  # it follows once, after all of these edits
        specs = tuple(StepSpec(each.code) for each in steps[:declared])
        use_cases.create(world, UseCaseEdit(code=CODE, title=CODE, steps=specs))
        flows.create(world, CODE, FlowEdit(code="a", steps=mine, limits=limits))
        flows.change(world, CODE, "a", FlowEdit(active=True), actor="test")
        use_cases.change(world, CODE, UseCaseEdit(active=True))
    world.snapshots.refresh()


def walk(world: World, says: Says, asked: Asked | None = None) -> tuple[Finished, Models]:
    """The run, and the models that it asked."""
    models = Models(says)
    return generate.run(with_script(world, models), CODE, asked or ask()), models


def echo(said: str) -> str:
    """What was asked, in brackets."""
    return f"[{said}]"


def away() -> ProviderError:
    """A failure that another try may mend."""
    return ProviderUnavailable("is away", provider="simulated")


def states(world: World, run_id: str) -> dict[str, str]:
    """How each step of the run stands in the store."""
    return {each.step: each.state for each in runs.get(world, run_id).steps}


def row(world: World, run_id: str, code: str) -> RunStep:
    """One step of the run, as it is stored."""
    return next(each for each in runs.get(world, run_id).steps if each.step == code)


def moves(events: list[object]) -> list[tuple[str, str]]:
    """Which step moved how, in order."""
    return [(each.step, each.state) for each in events if isinstance(each, StepMoved)]


@contextmanager
def beside(work: Callable[[], object]) -> Iterator["Future[object]"]:
    """The work, in a thread of its own."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(work)

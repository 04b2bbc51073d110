"""The labelled texts and prompts of the demo as a comparison: a flow for each prompt and model."""

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from app.cli.demo_data import DemoFlow, DemoTask, simulated_options
from app.domain.comparison.comparison import Input, Scoring
from app.domain.errors import Conflict
from app.domain.flow import Choice, Params, Step
from app.domain.message import Json
from app.domain.money import from_usd
from app.domain.use_case import StepSpec
from app.services import flows, use_cases
from app.services.comparing.wanted import WantedCandidate, WantedComparison
from app.services.flows import FlowEdit
from app.services.use_cases import UseCaseEdit
from app.services.world import World

SEED: Final = "compare-demo"
SIMULATED: Final = "simulated/"
SMALL: Final = (SIMULATED, "local/")
HOSTED: Final = Params(max_tokens=1_000)
"""What hosted models are asked with: several refuse a temperature, and some think before they answer."""


def author(world: World, task: DemoTask, slugs: Sequence[str]) -> list[WantedCandidate]:
    """The use case with a flow for each prompt and model; what is there already stays as it is. Raises Invalid."""
    with suppress(Conflict):
        use_cases.create(world, UseCaseEdit(code=task.code, title=task.title, steps=(StepSpec(task.step, task.title),)))
    found = []
    for slug in slugs:
        options = simulated_options(task) if slug.startswith(SIMULATED) else [{} for _ in task.flows]
        for flow, own in zip(task.flows, options, strict=True):
            code = flow.code if len(slugs) == 1 else f"{flow.code}-{_plain(slug)}"
            edited = FlowEdit(code=code, title=flow.title, steps=(_step(task, flow, slug, own),))
            with suppress(Conflict):
                flows.create(world, task.code, edited)
            found.append(WantedCandidate(flow=code))
    return found


def wanted(
    task: DemoTask,
    slugs: Sequence[str],
    candidates: Sequence[WantedCandidate],
    *,
    inputs: int,
    repeats: int,
    budget_usd: str,
) -> WantedComparison:
    """The comparison over the first `inputs` labelled texts, judged by the demo's own rule.

    Texts are grouped by whether the number stands in digits, and whether other numbers stand beside it.
    """
    given = tuple(
        Input(at, {"text": one.text}, one.label, _group(one.text, one.label))
        for at, one in enumerate(task.inputs[:inputs])
    )
    return WantedComparison(
        candidates=tuple(candidates),
        inputs=given,
        name=f"{task.title} Asked of {', '.join(slugs)}"[:255],
        use_case=task.code,
        scoring=Scoring(task.rule),  # type: ignore[arg-type]  # the catalogue names one of the rules, and a test asks
        repeats=repeats,
        budget=from_usd(budget_usd),
        seed=SEED,
    )


def _step(task: DemoTask, flow: DemoFlow, slug: str, options: Json) -> Step:
    """The prompt as one step; the demo's own limits are for small models."""
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in flow.params.items()}
    small = Params(**given, options=options)  # type: ignore[arg-type]  # fields of Params by name
    params = small if slug.startswith(SMALL) else HOSTED
    return Step(task.step, flow.prompt, Choice((slug,)), flow.system, params)


def _group(text: str, label: str) -> str:
    numbers = re.findall(r"\d+", text)
    if label not in numbers:
        return "in words"
    return "digits alone" if len(numbers) == 1 else "among other numbers"


def _plain(slug: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", slug.lower()).strip("-")

"""A comparison is made only when all of it can be asked and scored; nothing is half-made."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from app.db import comparisons as rows
from app.db import flows as flow_rows
from app.db.uow import Tx
from app.domain.comparison.comparison import (
    MOST_REPEATS,
    Candidate,
    Comparison,
    Input,
    Judge,
    check_candidates,
    check_size,
    check_weights,
)
from app.domain.comparison.scoring import check_scoring
from app.domain.errors import Invalid
from app.domain.flow import Choice
from app.services import prompts
from app.services.comparing import fitting, happened, own_budget, sampling
from app.services.comparing.candidates import Found, check_configured, find, slug_of, use_case_of
from app.services.comparing.checks import CHECKS
from app.services.comparing.wanted import WantedComparison
from app.services.editing import edit
from app.services.jobs.submitting import submit
from app.services.world import World

MOST_AT_ONCE: Final = 32
NAME: Final = 255
JOB: Final = "comparison"  # the kind of job that runs one


@dataclass(frozen=True, slots=True)
class Made:
    """A comparison that could be run, with what it asks and of whom; nothing of it is stored yet."""

    comparison: Comparison
    inputs: tuple[Input, ...]
    found: tuple[Found, ...]


def create(
    world: World, wanted: WantedComparison, *, actor: str, before: Callable[[Tx], None] | None = None
) -> Comparison:
    """A comparison that waits to be run. Flows are pinned to the version they have now, which never changes again.

    `before` is done in the same unit of work, and may forbid it. Raises as `prepare`.
    """
    made = prepare(world, wanted, actor=actor)

    def apply(tx: Tx) -> Comparison:
        if before is not None:
            before(tx)
        _store(world, tx, made)
        return made.comparison

    return edit(world, apply)


def prepare(world: World, wanted: WantedComparison, *, actor: str) -> Made:
    """The comparison as it would be stored.

    Raises Invalid, UnknownModel, Unsupported or NotFound naming the field, Conflict (`consent-missing`) for a sample
    that the operator has not agreed to.
    """
    _check_numbers(wanted)
    with world.store.read() as tx:
        use_case = None if wanted.use_case is None else use_case_of(tx, wanted.use_case, field="use_case")
        found = find(world, tx, use_case, wanted.candidates, wanted.prompt)
    candidates = tuple(each.candidate for each in found)
    check_candidates(candidates)
    seed = wanted.seed or world.new_id()
    inputs = _inputs(world, wanted, seed)
    check_size(candidates=len(found), inputs=len(inputs), repeats=wanted.repeats)
    if wanted.scoring is not None:
        check_scoring(wanted.scoring, inputs, checks=CHECKS)
    fitting.check(found, inputs, lines=wanted.lines)
    use_case_id = None if use_case is None else use_case.id
    return Made(_comparison(world, wanted, candidates, len(inputs), seed, use_case_id, actor), inputs, tuple(found))


def _comparison(
    world: World,
    wanted: WantedComparison,
    candidates: tuple[Candidate, ...],
    inputs: int,
    seed: str,
    use_case_id: str | None,
    actor: str,
) -> Comparison:
    return Comparison(
        id=world.new_id(),
        name=wanted.name or " against ".join(each.name for each in candidates[:3])[:NAME],
        status="queued",
        candidates=candidates,
        inputs=inputs,
        repeats=wanted.repeats,
        concurrency=wanted.concurrency,
        seed=seed,
        created_at=world.now(),
        actor=actor,
        use_case_id=use_case_id,
        prompt=wanted.prompt,
        scoring=wanted.scoring,
        judge=_judge(world, wanted),
        weights=wanted.weights,
        alpha=wanted.alpha,
        budget=wanted.budget,
        benchmark=wanted.benchmark,
    )


def _store(world: World, tx: Tx, made: Made) -> None:
    it = made.comparison
    pinned = [(each.flow_id, each.flow_version) for each in it.candidates]
    frozen = {(flow, version): it.created_at for flow, version in pinned if flow is not None and version is not None}
    flow_rows.mark_served(tx, frozen)
    rows.add(tx, it, made.inputs)
    own_budget.make(world, tx, it)
    happened.began(tx, world, it)
    submit(tx, world, JOB, about=it.id)


def _inputs(world: World, wanted: WantedComparison, seed: str) -> tuple[Input, ...]:
    if wanted.sample is not None:
        if wanted.inputs:
            raise Invalid("either inputs or a sample are expected", field="sample")
        return sampling.sample(world, wanted.sample, seed=seed)
    return tuple(replace(each, number=number) for number, each in enumerate(wanted.inputs))


def _check_numbers(wanted: WantedComparison) -> None:
    check_weights(wanted.weights)
    prompts.placeholders(wanted.prompt.text, field="prompt.text")
    prompts.placeholders(wanted.prompt.system, field="prompt.system")
    if not 0 < wanted.alpha < 0.5:
        raise Invalid("a number between 0 and 0.5 is expected", field="alpha")
    if not 1 <= wanted.repeats <= MOST_REPEATS:
        raise Invalid(f"1 to {MOST_REPEATS} repeats are asked", field="repeats")
    if not 1 <= wanted.concurrency <= MOST_AT_ONCE:
        raise Invalid(f"1 to {MOST_AT_ONCE} answers are asked at once", field="concurrency")
    if wanted.budget is not None and wanted.budget <= 0:
        raise Invalid("an amount above 0 is expected", field="budget_usd")
    if wanted.judge is not None:
        if wanted.budget is None:
            raise Invalid("a judge costs money: a budget is expected", field="budget_usd")
        if wanted.judge.max_pairs < 1:
            raise Invalid("at least one pair is judged", field="judge.max_pairs")


def _judge(world: World, wanted: WantedComparison) -> Judge | None:
    judge = wanted.judge
    if judge is None:
        return None
    model = slug_of(world, judge.model, field="judge.model")
    check_configured(world, Choice((model,)), field="judge.model")
    return replace(judge, model=model)

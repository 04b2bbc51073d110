"""Benchmarks are written down once and run again and again, each time as a comparison of its own."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from app.db import benchmarks as rows
from app.db import comparisons as comparison_rows
from app.db.comparisons import ComparisonFilter
from app.db.uow import Tx
from app.domain.comparison.benchmark import MOST_HOURS, Benchmark, following
from app.domain.comparison.comparison import Comparison, Input
from app.domain.errors import Conflict, Invalid, ModelMatchError
from app.domain.use_case import check_code
from app.services.comparing import making
from app.services.comparing.form import ComparisonForm
from app.services.world import World

log = logging.getLogger(__name__)
SCHEDULE: Final = "schedule"  # who runs a benchmark whose time has come
RESERVED: Final = frozenset({"prompts"})  # a route of its own has this place
SOURCES: Final = frozenset({"inputs", "upload"})


def put(
    world: World, code: str, form: ComparisonForm, *, title: str = "", every_hours: int | None = None, actor: str
) -> Benchmark:
    """The benchmark of that code, made or written anew. `every_hours` begins after so many hours from now.

    A `sample` is drawn anew for each run. Raises Invalid and NotFound, as `comparisons.create` would.
    """
    check_code(code, field="code")
    if code in RESERVED:
        raise Invalid(f"{code!r} is taken by a route of its own; choose another code", field="code")
    if every_hours is not None and not 1 <= every_hours <= MOST_HOURS:
        raise Invalid(f"1 to {MOST_HOURS} hours are expected", field="every_hours")
    wanted = form.wanted(benchmark=code)
    making.prepare(world, wanted, actor=actor)
    moment = world.now()
    made = Benchmark(
        id=world.new_id(),
        code=code,
        title=title,
        config=form.model_dump(mode="json", exclude=set(SOURCES)),
        inputs=len(wanted.inputs),
        created_at=moment,
        updated_at=moment,
        actor=actor,
        every_hours=every_hours,
        next_at=None if every_hours is None else moment + timedelta(hours=every_hours),
    )
    inputs = tuple(replace(each, number=number) for number, each in enumerate(wanted.inputs))
    with world.store.write() as tx:
        known = rows.find(tx, code)
        if known is None:
            rows.add(tx, made, inputs)
            return made
        changed = replace(made, id=known.id, created_at=known.created_at)
        rows.update_all(tx, changed, inputs)
    return changed


def get(world: World, code: str) -> Benchmark:
    """Raises NotFound."""
    with world.store.read() as tx:
        return rows.get(tx, code)


def inputs(world: World, code: str) -> list[Input]:
    """What it asks; nothing where it draws a sample. Raises NotFound."""
    with world.store.read() as tx:
        return rows.inputs_of(tx, rows.get(tx, code).id)


def page(world: World, *, cursor: str | None = None, limit: int = 50) -> tuple[list[Benchmark], str | None]:
    """Benchmarks by code. Raises Invalid for a foreign cursor."""
    with world.store.read() as tx:
        return rows.page(tx, cursor=cursor, limit=limit)


def delete(world: World, code: str) -> None:
    """Its runs stay. Raises NotFound."""
    with world.store.write() as tx:
        rows.remove(tx, code)


def run(world: World, code: str, *, actor: str) -> Comparison:
    """A run of it, which waits to be asked. Raises as `comparisons.create`, for models and flows may be gone."""
    with world.store.read() as tx:
        found = rows.get(tx, code)
        given = rows.inputs_of(tx, found.id)
    return _run(world, found, given, actor=actor)


def run_due(world: World) -> Iterator[str]:
    """What was begun because its time had come, a line each; safe to call twice, late, or in two places.

    A benchmark whose last run has not ended is left out this time, and so is one that cannot be run any more.
    """
    with world.store.read() as tx:
        due = rows.due(tx, world.now())
    for found in due:
        try:
            line = _run_due(world, found)
        except Conflict:  # another process was first
            continue
        except ModelMatchError as error:
            log.warning("benchmark_stuck", extra={"benchmark": found.code, "code": error.code})
            with world.store.write() as tx:
                rows.postpone(tx, found, following(found, world.now()))
            continue
        if line is not None:
            yield line


def _run_due(world: World, found: Benchmark) -> str | None:
    until = following(found, world.now())
    with world.store.read() as tx:
        given = rows.inputs_of(tx, found.id)
        last, _ = comparison_rows.page(tx, ComparisonFilter(benchmark=found.code), limit=1)
    if last and last[0].status in ("queued", "running"):
        with world.store.write() as tx:
            rows.postpone(tx, found, until)
        return None

    def claim(tx: Tx) -> None:
        if not rows.postpone(tx, found, until):
            raise Conflict("another process has begun this run")

    made = _run(world, found, given, actor=SCHEDULE, before=claim)
    return f"began benchmark {found.code}: comparison {made.id}"


def _run(
    world: World,
    found: Benchmark,
    given: Sequence[Input],
    *,
    actor: str,
    before: Callable[[Tx], None] | None = None,
) -> Comparison:
    told = [{"values": dict(each.values), "reference": each.reference, "label": each.label} for each in given]
    source = {"inputs": told} if given else {}
    form = ComparisonForm.model_validate({**found.config, **source})
    name = form.name or found.title or found.code
    return making.create(world, replace(form.wanted(benchmark=found.code), name=name), actor=actor, before=before)

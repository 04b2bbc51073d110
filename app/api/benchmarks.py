"""Benchmarks: comparisons that are written down to be run again, and synthetic inputs whose answers are known."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from flask import Response
from pydantic import Field

from app.api import guard, http
from app.api.comparison_payloads import ComparedInputOut, ComparedScoringOut, ComparisonOut
from app.api.door import Door
from app.api.guard import scope
from app.api.once import once
from app.api.payloads import Line, Name, Out, Page, Paging, Payload, Wishes, Words
from app.api.world import world
from app.domain.comparison.benchmark import MOST_HOURS, Benchmark
from app.domain.comparison.comparison import MOST_INPUTS
from app.domain.comparison.exercises import Kind, Level
from app.domain.comparison.synthetic import KINDS, LEVELS, SCORING
from app.domain.message import Json
from app.services.comparing import benchmarks, comparisons, prompts
from app.services.comparing.comparisons import ComparisonFilter
from app.services.comparing.form import ComparisonForm

door = Door("benchmarks")


class BenchmarkPath(Words):
    """A path that names a benchmark."""

    code: Name


class BenchmarkIn(ComparisonForm):
    """A comparison, and how often it is run: every so many hours, or on demand alone."""

    title: Line = ""
    every_hours: int | None = Field(None, ge=1, le=MOST_HOURS)

    def form(self) -> ComparisonForm:
        """The comparison alone."""
        return ComparisonForm(**{name: getattr(self, name) for name in ComparisonForm.model_fields})


class RunIn(Wishes):
    """A benchmark says all of it by itself; nothing can be asked for besides."""


class PromptsIn(Payload):
    """What is made: `count` inputs, levels and kinds in turn, the same for the same seed."""

    count: int = Field(30, ge=1, le=MOST_INPUTS)
    levels: Annotated[Sequence[Level], Field(min_length=1, max_length=len(LEVELS))] = LEVELS
    kinds: Annotated[Sequence[Kind], Field(min_length=1, max_length=len(KINDS))] = KINDS
    seed: Name = "benchmark"
    jsonl: bool = Field(False, description="also as the text of a JSONL file, which an upload takes")


class BenchmarkOut(Out):
    """A benchmark; `config` is the comparison as it was written down, without its inputs."""

    code: str
    title: str
    config: Json
    inputs: Annotated[int, Field(description="0 where each run draws a sample")]
    every_hours: int | None
    next_at: datetime | None
    created_at: datetime
    updated_at: datetime
    actor: str

    @classmethod
    def of(cls, it: Benchmark) -> "BenchmarkOut":
        """The benchmark."""
        return cls(
            code=it.code,
            title=it.title,
            config=dict(it.config),
            inputs=it.inputs,
            every_hours=it.every_hours,
            next_at=it.next_at,
            created_at=it.created_at,
            updated_at=it.updated_at,
            actor=it.actor,
        )


class PromptsOut(Out):
    """Inputs as a comparison takes them (without `number`), and the rule that scores them all."""

    items: list[ComparedInputOut]
    scoring: ComparedScoringOut | None
    jsonl: str | None


@door.get("/benchmarks", responses={200: Page[BenchmarkOut]})
@scope("read")
def list_benchmarks(query: Paging) -> Response:
    """Read benchmarks by code."""
    found, following = benchmarks.page(world(), cursor=query.cursor, limit=query.limit)
    return http.answer(Page[BenchmarkOut](items=[BenchmarkOut.of(each) for each in found], next=following))


@door.post("/benchmarks/prompts", responses={200: PromptsOut})
@scope("read")
def make_prompts(body: PromptsIn) -> Response:
    """Make inputs of three levels whose right answers are known; nothing is stored."""
    made = prompts.make(body.seed, body.count, body.levels, kinds=body.kinds)
    items = [ComparedInputOut.of(each) for each in made]
    jsonl = prompts.jsonl(made) if body.jsonl else None
    return http.answer(PromptsOut(items=items, scoring=ComparedScoringOut.of(SCORING), jsonl=jsonl))


@door.get("/benchmarks/<code>", responses={200: BenchmarkOut})
@scope("read")
def read_benchmark(path: BenchmarkPath) -> Response:
    """Read a benchmark."""
    return http.answer(BenchmarkOut.of(benchmarks.get(world(), path.code)))


@door.put("/benchmarks/<code>", responses={200: BenchmarkOut})
@scope("write")
def put_benchmark(path: BenchmarkPath, body: BenchmarkIn) -> Response:
    """Write a benchmark down, or write it anew."""
    made = benchmarks.put(
        world(), path.code, body.form(), title=body.title, every_hours=body.every_hours, actor=guard.key().name
    )
    return http.answer(BenchmarkOut.of(made))


@door.delete("/benchmarks/<code>", responses={204: None})
@scope("write")
def delete_benchmark(path: BenchmarkPath) -> Response:
    """Forget a benchmark; its runs stay."""
    benchmarks.delete(world(), path.code)
    return http.no_content()


@door.post("/benchmarks/<code>/run", responses={201: ComparisonOut})
@scope("write")
def run_benchmark(path: BenchmarkPath, body: RunIn) -> Response:
    """Run a benchmark now, as a comparison of its own."""
    return once(lambda: http.created(ComparisonOut.of(benchmarks.run(world(), path.code, actor=guard.key().name))))


@door.get("/benchmarks/<code>/runs", responses={200: Page[ComparisonOut]})
@scope("read")
def list_runs(path: BenchmarkPath, query: Paging) -> Response:
    """Read the runs of a benchmark, newest first."""
    wanted = ComparisonFilter(benchmark=benchmarks.get(world(), path.code).code)
    found, following = comparisons.page(world(), wanted, cursor=query.cursor, limit=query.limit)
    return http.answer(Page[ComparisonOut](items=[ComparisonOut.of(each) for each in found], next=following))

"""Experiments as files want them: definitions, which become drafts, and are started only when that is asked for.

An experiment has no name; it is known by what it says. One that is drafted, runs or ran as a file says is as the file
says, so that applying the same files again neither drafts nor starts anything. Running ones are never touched.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from app.domain.errors import Invalid
from app.domain.experiment import Experiment
from app.services import experiments
from app.services.ab import tests
from app.services.ab.wanted import WantedTest
from app.services.authoring import telling
from app.services.authoring.changes import Change, Intent, Told, diff, kept, nothing, same
from app.services.authoring.files import Written
from app.services.authoring.stored import Stored
from app.services.authoring.yaml_reading import Document, Path
from app.services.flow_form import ExperimentForm
from app.services.rollouts import Wanted
from app.services.world import World

ORDER = ("running", "draft", "ended")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One definition: where it stands, what it wants and how that is told."""

    document: Document
    path: Path
    wanted: Wanted | WantedTest
    told: Told


def of_experiments(
    world: World, now: Stored, written: Sequence[Written], *, changing: frozenset[str], start: bool, prune: bool
) -> Iterator[Intent]:
    """What becomes of the experiments of each use case in a file; `changing`: those that are not as files say yet."""
    for each in written:
        use_case = now.use_cases.get(each.form.code)
        known = () if use_case is None else now.experiments.get(use_case.id, ())
        yield from _of_use_case(world, each, known, settled=each.form.code not in changing, start=start, prune=prune)


def _of_use_case(
    world: World, written: Written, known: Sequence[Experiment], *, settled: bool, start: bool, prune: bool
) -> Iterator[Intent]:
    code = written.form.code
    left = sorted(known, key=lambda each: ORDER.index(each.status))
    told = {each.id: telling.experiment(each) for each in left}
    waiting: list[tuple[int, _Wanted]] = []
    for position, form in enumerate(written.form.experiments):
        path: Path = ("experiments", position)
        try:
            wanted = _wanted(world, form, written.document, path)
        except Invalid as error:
            refused = Change("experiment", f"{code}: {position + 1}", "create")
            yield Intent(refused, partial(_refuse, error), nothing, written.document, path)
            continue
        match = next((each for each in left if told[each.id] == wanted.told), None)
        if match is None:
            waiting.append((position, wanted))
            continue
        left.remove(match)
        name = f"{code}: {_kind(wanted.told)} {match.id} ({match.status})"
        yield _begun(world, name, match, wanted) if start and match.status == "draft" else same("experiment", name)
    for position, wanted in waiting:
        draft = next((each for each in left if each.status == "draft" and _kinship(each, wanted)), None)
        if draft is not None:
            left.remove(draft)
        name = f"{code}: {_kind(wanted.told)} {position + 1 if draft is None else draft.id}"
        yield _written(world, code, name, draft, wanted, told, settled=settled, start=start)
    for each in (each for each in left if each.status == "draft"):
        name = f"{code}: {_kind(told[each.id])} {each.id} (draft)"
        gone = Intent(
            Change("experiment", name, "delete", diff(name, told[each.id], None)),
            nothing,
            partial(experiments.delete, world, each.id),
        )
        yield gone if prune else kept("experiment", name)


def _wanted(world: World, form: ExperimentForm, document: Document, path: Path) -> _Wanted:
    """Raises Invalid naming the field for what can go together nowhere."""
    wanted = telling.wanted_experiment(world, form)
    told = telling.of_test(wanted) if isinstance(wanted, WantedTest) else telling.of_rollout(wanted)
    return _Wanted(document, (*path, _kind(told)), wanted, told)


def _refuse(error: Invalid) -> None:
    raise error


def _written(
    world: World,
    code: str,
    name: str,
    draft: Experiment | None,
    it: _Wanted,
    told: Mapping[str, Told],
    *,
    settled: bool,
    start: bool,
) -> Intent:
    old = None if draft is None else told[draft.id]
    change = Change("experiment", name, "create" if draft is None else "change", diff(name, old, it.told))
    check = partial(experiments.check, world, code, it.wanted) if settled else nothing

    def write() -> None:
        made = _drafted(world, code, draft, it.wanted)
        if start:
            experiments.begin(world, made.id)

    return Intent(change, check, write, it.document, it.path)


def _drafted(world: World, code: str, draft: Experiment | None, wanted: Wanted | WantedTest) -> Experiment:
    if isinstance(wanted, WantedTest):
        return tests.draft(world, code, wanted) if draft is None else tests.change(world, draft.id, wanted)
    return experiments.draft(world, code, wanted) if draft is None else experiments.change(world, draft.id, wanted)


def _begun(world: World, name: str, draft: Experiment, it: _Wanted) -> Intent:
    def write() -> None:
        experiments.begin(world, draft.id)

    return Intent(Change("experiment", name, "start"), nothing, write, it.document, it.path)


def _kinship(draft: Experiment, wanted: _Wanted) -> bool:
    return (draft.policy == "fixed") == isinstance(wanted.wanted, WantedTest)


def _kind(told: Told) -> str:
    return next(iter(told))

"""Budgets and tasks as files want them; a budget is known by its name, and keeps what it has counted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from app.domain.budget import MONTHLY, Budget
from app.domain.errors import Conflict, Invalid
from app.domain.period import known_zone
from app.domain.use_case import check_code
from app.services import budgets, tasks
from app.services.authoring import telling
from app.services.authoring.changes import Change, Intent, Told, diff, kept, nothing, verdict
from app.services.authoring.forms import BudgetsForm, TasksForm
from app.services.authoring.stored import Stored
from app.services.authoring.yaml_reading import Document
from app.services.budget_form import BudgetForm
from app.services.budget_scope import scope_value
from app.services.budgets import Edit
from app.services.world import World

FIXED = ("scope", "scope_value", "period", "time_zone")


def of_tasks(world: World, now: Stored, wanted: tuple[Document, TasksForm] | None, *, prune: bool) -> Iterator[Intent]:
    """What becomes of each task that the store assigns; nothing where no file speaks of tasks."""
    if wanted is None:
        return
    document, form = wanted
    for name, model in sorted(form.tasks.items()):
        before = now.tasks.get(name)
        yield Intent(
            _task(name, before, model),
            check=partial(_check_task, world, name, model),
            write=_quiet(partial(tasks.assign, world, name, model)),
            document=document,
            path=("tasks", name),
        )
    for name in sorted(now.tasks.keys() - form.tasks.keys()):
        gone = Intent(_task(name, now.tasks[name], None), nothing, _quiet(partial(tasks.unassign, world, name)))
        yield gone if prune else kept("task", name)


def of_budgets(
    world: World, now: Stored, wanted: tuple[Document, BudgetsForm] | None, *, coming: frozenset[str], prune: bool
) -> Iterator[Intent]:
    """What becomes of each budget; `coming` are use cases and flows that the same files make."""
    if wanted is None:
        return
    document, form = wanted
    known, seen = {budget.name: budget for budget in now.budgets}, set[str]()
    for position, each in enumerate(form.budgets):
        before = known.get(each.name)
        old = None if before is None else telling.budget(now, before)
        new = telling.of_budget(each)
        checking = _Budget(world, each, before, old, coming, twice=each.name in seen, kept=each.name in now.kept)
        seen.add(each.name)
        yield Intent(
            Change("budget", each.name, verdict(old, new), diff(each.name, old, new)),
            check=checking.check,
            write=checking.write,
            document=document,
            path=("budgets", position),
        )
    for name in sorted(known.keys() - seen):
        gone = Change("budget", name, "delete", diff(name, telling.budget(now, known[name]), None))
        yield Intent(gone, nothing, partial(budgets.remove, world, known[name].id)) if prune else kept("budget", name)


@dataclass(frozen=True, slots=True)
class _Budget:
    """A budget as a file wants it; `before` is what stands under its name, `old` the same as it is told."""

    world: World
    form: BudgetForm
    before: Budget | None
    old: Told | None
    coming: frozenset[str]
    twice: bool
    kept: bool

    def check(self) -> None:
        """Raises Invalid, NotFound, Conflict."""
        if self.twice:
            raise Invalid("a budget of this name stands above", field="name")
        if self.kept or self.form.name == MONTHLY:
            raise Invalid("this name belongs to a budget that is not written in files", field="name")
        known_zone(self.form.time_zone)
        if self.old is not None:
            self._check_fixed(self.old)
        elif self.form.scope_value not in self.coming or self.form.scope not in ("use-case", "flow"):
            scope_value(self.world, self.form.scope, self.form.scope_value)

    def _check_fixed(self, old: Told) -> None:
        """What a budget counts stays what it is: the sums of one thing are none of another."""
        new = telling.of_budget(self.form)
        for name in FIXED:
            if old.get(name) != new.get(name):
                raise Conflict("this cannot change; give the new budget another name", code="budget-fixed", field=name)
        if ("limit_usd" in old) != ("limit_usd" in new):
            raise Conflict("a budget keeps its unit; give the new one another name", code="budget-fixed", field="name")

    def write(self) -> None:
        """Raises as `check`."""
        wanted = self.form.to_domain()
        if self.before is None:
            budgets.create(self.world, wanted)
            return
        edited = Edit(
            limit=wanted.limit,
            unit=wanted.unit,
            action=wanted.action,
            thresholds=wanted.thresholds,
            active=wanted.active,
        )
        budgets.change(self.world, self.before.id, edited)


def _task(name: str, before: str | None, after: str | None) -> Change:
    old, new = (None if model is None else {name: model} for model in (before, after))
    return Change("task", name, verdict(old, new), diff(name, old, new))


def _check_task(world: World, name: str, model: str) -> None:
    check_code(name, field="")
    tasks.checked(world.catalogue, model, field="")


def _quiet(act: Callable[[], object]) -> Callable[[], None]:
    """The same, whose answer nobody needs."""

    def done() -> None:
        act()

    return done

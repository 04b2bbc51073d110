"""A use case with its flows, steps and weights is applied as one: all of it, or nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from app.db import flows as flow_rows
from app.db import use_cases as rows
from app.db.uow import Tx
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.flow import Flow, Step, check_steps
from app.domain.use_case import StepSpec, UseCase
from app.services import flows, use_cases
from app.services.authoring.changes import Change, Intent, Told, diff, kept, verdict
from app.services.authoring.files import Written
from app.services.authoring.stored import Stored
from app.services.authoring.trying import tried
from app.services.editing import edit
from app.services.flow_form import FlowForm, UseCaseForm, told, told_flow
from app.services.flows import FlowEdit
from app.services.use_cases import UseCaseEdit
from app.services.world import World

NOTE: Final = "applied from files"


@dataclass(frozen=True, slots=True)
class Applying:
    """A use case as a file wants it, and who applies it; `prune`: flows that are not in the file go."""

    world: World
    form: UseCaseForm
    actor: str
    prune: bool

    def check(self) -> None:
        """Does all of it and takes it back. Raises what doing it would raise."""
        tried(self.world, self._write)

    def write(self) -> None:
        """All of it, in one unit of work. Raises ModelMatchError naming the field in the file."""
        edit(self.world, self._write)

    def _write(self, tx: Tx) -> None:
        form, world = self.form, self.world
        before = _found(tx, form.code)
        if before is None:
            before = use_cases.create_in(tx, world, _edit(form))
        elif told(before) != {**told(form), "active": before.active}:
            use_cases.change_in(tx, world, form.code, _edit(form))
        if before.active and not form.active:
            use_cases.change_in(tx, world, form.code, UseCaseEdit(active=False))
        known = {flow.code: flow for flow in flow_rows.of_use_case(tx, before.id)}
        for position, flow in enumerate(form.flows):
            _at(position, partial(self._body, tx, flow, known.get(flow.code)))
        self._traffic(tx, before, known)
        for code in sorted(known.keys() - {flow.code for flow in form.flows}) if self.prune else ():
            flows.delete_in(tx, self.world, form.code, code)
        if form.active and not before.active:
            use_cases.change_in(tx, world, form.code, UseCaseEdit(active=True))

    def _body(self, tx: Tx, flow: FlowForm, before: Flow | None) -> None:
        steps, limits = tuple(step.to_domain() for step in flow.steps), flow.limits.to_domain()
        wanted = FlowEdit(flow.code, flow.title, flow.description, steps=steps, limits=limits, note=NOTE)
        if before is None:
            flows.create_in(tx, self.world, self.form.code, wanted, actor=self.actor)
        elif (before.steps, before.limits) != (steps, limits):
            published = replace(wanted, publish=True)
            flows.change_in(tx, self.world, self.form.code, flow.code, published, actor=self.actor)
        elif (before.title, before.description) != (flow.title, flow.description):
            named = FlowEdit(title=flow.title, description=flow.description)
            flows.change_in(tx, self.world, self.form.code, flow.code, named, actor=self.actor)

    def _traffic(self, tx: Tx, use_case: UseCase, known: Mapping[str, Flow]) -> None:
        """First more flows take part, then weights are set, then flows leave: none is ever without another."""
        for position, flow in enumerate(self.form.flows):
            if flow.active and not _was_active(known, flow):
                self._switch(tx, position, flow, active=True)
        wanted = {flow.code: flow.weight or 0 for flow in self.form.flows if flow.active}
        now = {flow.code: flow.weight for flow in flow_rows.of_use_case(tx, use_case.id) if flow.active}
        if self.form.weighed and {**dict.fromkeys(now, 0), **wanted} != now:
            flows.set_weights_in(tx, self.world, self.form.code, wanted, actor=self.actor)
        for position, flow in enumerate(self.form.flows):
            if not flow.active and flow.weight:
                raise Invalid("an inactive flow carries no weight", field=f"flows[{position}].weight")
            if not flow.active and _was_active(known, flow):
                self._switch(tx, position, flow, active=False)

    def _switch(self, tx: Tx, position: int, flow: FlowForm, *, active: bool) -> None:
        wanted = FlowEdit(active=active)
        change = partial(flows.change_in, tx, self.world, self.form.code, flow.code, wanted, actor=self.actor)
        _at(position, change)


def intents(world: World, now: Stored, wanted: Sequence[Written], *, actor: str, prune: bool) -> Iterator[Intent]:
    """What becomes of each use case: of those in files, then of the others."""
    for each in wanted:
        before = now.use_cases.get(each.form.code)
        yield _intent(now, each, before, Applying(world, each.form, actor, prune))
        if before is not None and not prune:
            known = {flow.code for flow in now.flows.get(before.id, ())}
            left = known - {flow.code for flow in each.form.flows}
            yield from (kept("flow", f"{each.form.code}/{code}") for code in sorted(left))
    for code in sorted(now.use_cases.keys() - {each.form.code for each in wanted}):
        yield _deleted(world, now, code) if prune else kept("use-case", code)


def stored_told(now: Stored, use_case: UseCase, *, only: frozenset[str] | None = None, weighed: bool = True) -> Told:
    """The stored use case with its flows, or `only` those of these codes."""
    found = [flow for flow in now.flows.get(use_case.id, ()) if only is None or flow.code in only]
    return {
        **told(use_case),
        "flows": [told_flow(flow, flow.steps, flow.limits, weighed=weighed) for flow in found],
    }


def _intent(now: Stored, each: Written, before: UseCase | None, applying: Applying) -> Intent:
    form = each.form
    only = None if applying.prune else frozenset(flow.code for flow in form.flows)
    old = None if before is None else stored_told(now, before, only=only, weighed=form.weighed)
    new = _wanted_told(form)
    change = Change("use-case", form.code, verdict(old, new), diff(form.code, old, new))
    return Intent(change, applying.check, applying.write, each.document)


def _wanted_told(form: UseCaseForm) -> Told:
    flows_told = [
        told_flow(flow, _ordered(form, flow), flow.limits.to_domain(), weighed=form.weighed)
        for flow in sorted(form.flows, key=lambda flow: flow.code)
    ]
    return {**told(form), "flows": flows_told}


def _ordered(form: UseCaseForm, flow: FlowForm) -> tuple[Step, ...]:
    """As they would be stored; steps that cannot be are told as they stand, and refused when they are tried."""
    steps = tuple(step.to_domain() for step in flow.steps)
    try:
        return check_steps(steps, [step.code for step in form.steps])
    except Invalid:
        return steps


def _deleted(world: World, now: Stored, code: str) -> Intent:
    before = stored_told(now, now.use_cases[code])

    def check() -> None:
        tried(world, lambda tx: use_cases.delete_in(tx, world, code))

    def write() -> None:
        use_cases.delete(world, code)

    return Intent(Change("use-case", code, "delete", diff(code, before, None)), check, write)


def _found(tx: Tx, code: str) -> UseCase | None:
    try:
        return rows.get_by_code(tx, code)
    except NotFound:
        return None


def _edit(form: UseCaseForm) -> UseCaseEdit:
    specs: tuple[StepSpec, ...] = tuple(step.to_domain() for step in form.steps)
    return UseCaseEdit(form.code, form.title, form.description, form.rubric, None, specs)


def _was_active(known: Mapping[str, Flow], flow: FlowForm) -> bool:
    return flow.code in known and known[flow.code].active


def _at(position: int, act: Callable[[], object]) -> None:
    """What is wrong with a flow is told with its place in the file."""
    try:
        act()
    except (Invalid, Conflict) as error:
        error.field = f"flows[{position}].{error.field or 'code'}"
        raise

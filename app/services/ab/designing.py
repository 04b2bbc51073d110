"""A wanted A/B test, held against the flows of its use case, becomes its design."""

from collections.abc import Mapping, Sequence

from app.db import experiments as rows
from app.db.uow import Tx
from app.domain import weights
from app.domain.ab.design import (
    MOST_OVERRIDES,
    Arm,
    Design,
    Expected,
    Goal,
    Required,
    check_arms,
    check_metrics,
)
from app.domain.ab.slots import Ranges, free_slots
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.flow import Flow
from app.domain.session import check_correlation_id
from app.domain.use_case import UseCase
from app.services.ab.designs import design_of
from app.services.ab.wanted import WantedTest


def arms_of(flows: Sequence[Flow], wanted: WantedTest) -> tuple[Arm, ...]:
    """The arms; without weights all alike. Raises NotFound for an unknown flow, Invalid, Conflict for one inactive."""
    given = [arm.weight for arm in wanted.arms]
    if None in given and any(weight is not None for weight in given):
        raise Invalid("either every arm has a weight or none", field=f"arms[{given.index(None)}].weight")
    names = [arm.name or _named(wanted, at) for at, arm in enumerate(wanted.arms)]
    equal = weights.scaled({str(at): 1 for at in range(len(names))}) if names else {}
    known = {flow.code: flow for flow in flows}
    arms = tuple(
        Arm(name, arm.flow, _flow(known, arm.flow, at).id, equal[str(at)] if arm.weight is None else arm.weight)
        for at, (name, arm) in enumerate(zip(names, wanted.arms, strict=True))
    )
    check_arms(arms, control=control_of(wanted, names), same=wanted.same)
    return arms


def control_of(wanted: WantedTest, names: Sequence[str]) -> str:
    """The arm that others are compared with: the first one unless said otherwise."""
    return wanted.control or (names[0] if names else "")


def goal_of(wanted: WantedTest) -> Goal:
    """What the test must be able to find. Raises Invalid for a margin that is none."""
    margin = wanted.mde if wanted.margin is None else wanted.margin
    if not margin > 0:
        raise Invalid("an effect above 0 that still does not matter is expected", field="margin")
    if wanted.margin is not None and margin >= wanted.metric.span:
        raise Invalid(f"no two values of the metric differ by {margin:g}, so that nothing could matter", field="margin")
    return Goal(mde=wanted.mde, margin=margin, power=wanted.power, alpha=wanted.alpha, side=wanted.side)


def design_for(
    use_case: UseCase,
    flows: Sequence[Flow],
    wanted: WantedTest,
    *,
    expected: Expected,
    required: Required,
    slots: Ranges = (),
) -> Design:
    """The whole design. Raises what `arms_of` raises, and Invalid for metrics or overrides that do not fit."""
    arms = arms_of(flows, wanted)
    check_metrics((wanted.metric, *wanted.secondary))
    names = [arm.name for arm in arms]
    check_overrides(wanted.overrides, names)
    return Design(
        name=wanted.name or f"{use_case.code}: {' v. '.join(names)}",
        arms=arms,
        control=control_of(wanted, names),
        metric=wanted.metric,
        goal=goal_of(wanted),
        expected=expected,
        required=required,
        layer=wanted.layer or f"use-case:{use_case.id}",
        slots=slots,
        secondary=wanted.secondary,
        unit=wanted.unit,
        max_days=wanted.max_days,
        min_units=wanted.min_units,
        auto_stop=wanted.auto_stop,
        window_days=wanted.window_days,
        pre_days=wanted.pre_days,
        overrides=dict(wanted.overrides),
        same=wanted.same,
    )


def take_slots(tx: Tx, use_case: UseCase, layer: str, share: int) -> Ranges:
    """Units of the layer that no running test has.

    Raises Conflict (`layer-full`), or (`layer-differs`) beside a test of the same use case in another layer: a session
    would be in both.
    """
    running = [(test, design_of(test)) for test in rows.running_tests(tx)]
    for test, design in running:
        if test.use_case_id == use_case.id and design.layer != layer:
            raise Conflict(
                f"another A/B test of this use case runs in layer {design.layer!r}, and no session can be in both",
                code="layer-differs",
                field="layer",
            )
    taken = [piece for _, design in running if design.layer == layer for piece in design.slots]
    return free_slots(taken, share)


def _named(wanted: WantedTest, at: int) -> str:
    """An arm is called as its flow is; in an A/A test, where all are one flow, by letter."""
    return chr(ord("A") + at) if wanted.same else wanted.arms[at].flow


def _flow(known: Mapping[str, Flow], code: str, at: int) -> Flow:
    flow = known.get(code)
    if flow is None:
        raise NotFound("flow", code, field=f"arms[{at}].flow")
    if not flow.active:
        raise Conflict(f"flow {code!r} is not active", code="flow-inactive", field=f"arms[{at}].flow")
    return flow


def check_overrides(overrides: Mapping[str, str], names: Sequence[str]) -> None:
    """Raises Invalid for too many, a bad unit, or an arm that is not there."""
    if len(overrides) > MOST_OVERRIDES:
        raise Invalid(f"at most {MOST_OVERRIDES} units have an arm of their own", field="overrides")
    for unit, arm in overrides.items():
        check_correlation_id(unit, field="overrides")
        if arm not in names:
            raise Invalid(f"there is no arm {arm!r}", field=f"overrides.{unit}")

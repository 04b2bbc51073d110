"""What an operator may do to a running experiment, as one more step of the allocator, so that it is replayed alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.domain.allocation import Decision, Observation, Plan, State
from app.domain.allocator import decision
from app.domain.epochs import absorb, reopened, seen, standing, turned
from app.domain.errors import Conflict, Invalid
from app.domain.guarding import escape, fed
from app.domain.progress import Progress
from app.domain.shares import redistributed
from app.domain.verdict import Evaluation, decided_weights, evaluate, watch_over
from app.domain.weights import TOTAL


@dataclass(frozen=True, slots=True)
class Command:
    """`escape`: the flow leaves, by its rule's rollback or by `weights` if given. `complete`: the flow gets all.

    `reopen`: a new round from `weights`; with `pardon` the flows that had escaped are back too. `weights` are in the
    order of the plan's flows.
    """

    kind: Literal["escape", "complete", "reopen"]
    flow: str | None = None
    weights: tuple[int, ...] | None = None
    pardon: bool = False


def obey(plan: Plan, state: State, observation: Observation, command: Command) -> Decision:
    """The state after the command, with all evidence up to now taken in first.

    Raises Invalid for an unknown flow or weights that do not sum to 10 000, Conflict for one that cannot be done now.
    """
    if command.weights is not None:
        _check(plan, command.weights)
    state, arrived = absorb(plan, state, observation)
    state = fed(plan, state, arrived)
    look = evaluate(plan, seen(plan, state))
    match command.kind:
        case "escape":
            step = _escape(plan, state, command)
        case "complete":
            step = _complete(plan, state, look, command)
        case "reopen":
            step = _reopen(plan, state, command)
    return decision(plan, step, look)


def command_from_json(plain: Mapping[str, object]) -> Command:
    """The command whose fields these are. Raises Invalid unless they are."""
    weights, flow = plain.get("weights"), plain.get("flow")
    if not (flow is None or isinstance(flow, str)) or not (weights is None or _whole(weights)):
        raise Invalid("this is no command", field="command")
    given = tuple(weights) if isinstance(weights, Sequence) else None
    match plain.get("kind"):
        case "escape":
            return Command("escape", flow, given)
        case "complete":
            return Command("complete", flow, given)
        case "reopen":
            return Command("reopen", flow, given, pardon=bool(plain.get("pardon")))
        case _:
            raise Invalid("this is no command", field="command.kind")


def _whole(weights: object) -> bool:
    return isinstance(weights, (list, tuple)) and all(type(weight) is int for weight in weights)


def _escape(plan: Plan, state: State, command: Command) -> Progress:
    place = _place(plan, command.flow)
    here = standing(plan, state)
    if place not in here:
        raise Conflict(f"{command.flow!r} has escaped already", code="flow-escaped", field="flow")
    if len(here) == 1:
        raise Conflict("the last flow never escapes: nobody would be left to serve", code="last-flow", field="flow")
    step = escape(plan, Progress(state), [place], whys=[f"{command.flow} escaped: an operator wants it"])
    if command.weights is None:
        return step
    rest = redistributed(command.weights, alive=standing(plan, step.state))
    fallen = replace(step.state, phase="escaped", outcome="escaped", winner=None, watch=None)
    return step.told(turned(plan, fallen, rest), "rolled back as the operator says")


def _complete(plan: Plan, state: State, look: Evaluation, command: Command) -> Progress:
    place = _place(plan, command.flow)
    if place not in standing(plan, state):
        raise Conflict(f"{command.flow!r} has escaped; re-open with pardon first", code="flow-escaped", field="flow")
    known = look.seen.evidence[place]
    mean = known.mean()
    watch = None if mean is None or known.n < plan.certify_after else watch_over(plan, state, place, mean=mean)
    done = replace(state, phase="completed", outcome="forced", winner=command.flow, watch=watch)
    return Progress(state).told(
        turned(plan, done, decided_weights(plan, done, place)), f"{command.flow} is chosen by an operator"
    )


def _reopen(plan: Plan, state: State, command: Command) -> Progress:
    if command.pardon:
        quiet = tuple((0.0,) * len(logs) for logs in state.cusum)
        nothing: tuple[tuple[float, ...], ...] = ((),) * len(plan.flows)
        state = replace(state, escaped=(), cusum=quiet, guards=nothing, owed=nothing)
    here = standing(plan, state)
    if len(here) < 2:
        raise Conflict("one flow alone is no experiment; pardon the others", code="too-few-flows", field="pardon")
    fresh = reopened(plan, state)
    weights = redistributed(command.weights or state.weights, alive=here)
    return Progress(fresh).told(turned(plan, fresh, weights), "opened again by an operator")


def _place(plan: Plan, flow: str | None) -> int:
    if flow not in plan.flows:
        raise Invalid(f"{flow!r} takes no part in this experiment", field="flow")
    return plan.flows.index(flow)


def _check(plan: Plan, weights: Sequence[int]) -> None:
    if len(weights) != len(plan.flows) or sum(weights) != TOTAL or min(weights) < 0:
        raise Invalid(f"one weight per flow with sum {TOTAL} is expected", field="weights")

"""A rollout as people read it: what became of it, flow by flow, in percent and words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.admin import rollout_chart, shown
from app.admin.rollout_chart import COLOURS, Chart, Span
from app.domain.errors import NotFound
from app.domain.event import Event
from app.domain.experiment import Experiment
from app.domain.feedback import Feedback
from app.domain.guardrails import Guardrail
from app.domain.readout import Against, FlowReadout, Readout
from app.services import experiment_events, feedback, readout
from app.services.world import World

EVENTS: Final = 10
COMMENTS: Final = 10
OPINIONS: Final = 100
WATCHED: Final = {
    "reward": "Mean reward",
    "error_rate": "Errors",
    "latency_p95_ms": "Slow runs",
    "cost": "Cost per session",
}


@dataclass(frozen=True, slots=True)
class Title:
    """How a rollout stands in few words; `tone` names the colour, `told` is a sentence, `winner` a flow code."""

    use_case: str
    tone: str
    word: str
    told: str
    winner: str | None


@dataclass(frozen=True, slots=True)
class Limit:
    """A guardrail in words; `near` in percent of the way to the alarm."""

    flow: str
    title: str
    limit: str
    seen: str
    near: float
    guardrail: Guardrail


@dataclass(frozen=True, slots=True)
class Line:
    """A flow as it is shown; `progress` in percent of the way to its proof against the nearest `rival`."""

    flow: FlowReadout
    colour: int
    span: Span
    rival: Against | None
    progress: float


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody wrote about a flow, as it was written: hostile until it is escaped."""

    opinion: Feedback
    flow: str
    who: str


@dataclass(frozen=True, slots=True)
class Sight:
    """All that the page of one rollout shows."""

    known: Readout
    title: Title
    lines: tuple[Line, ...]
    limits: tuple[Limit, ...]
    chart: Chart | None
    comments: tuple[Comment, ...]
    events: tuple[Event, ...]

    @property
    def sign(self) -> str:
        """Changes when other things can be done with it than before."""
        it = self.known.experiment
        return f"{it.status}-{it.phase}-{it.outcome}-{it.paused_at is not None}"


def sight(world: World, experiment: Experiment) -> Sight:
    """The page of a rollout that is no draft. Raises NotFound."""
    known = readout.readout(world, experiment.id)
    at = known.experiment.ended_at or world.now()
    codes = [flow.flow for flow in known.flows]
    return Sight(
        known=known,
        title=title(world, known.experiment),
        lines=tuple(_line(place, flow) for place, flow in enumerate(known.flows)),
        limits=tuple(_limit(flow.flow, rail) for flow in known.flows for rail in flow.guardrails),
        chart=rollout_chart.chart(codes, known.shares, now=at),
        comments=_comments(world, known.experiment),
        events=experiment_events.newest(world, experiment.id, limit=EVENTS),
    )


def title(world: World, experiment: Experiment) -> Title:
    """How it stands."""
    now = world.snapshots.current
    owner = now.use_cases_by_id.get(experiment.use_case_id)
    winner = flow_codes(world, experiment.use_case_id).get(experiment.winner_flow_id or "")
    tone, word, told = _standing(experiment, winner or "A flow that is gone")
    return Title("–" if owner is None else owner.code, tone, word, told, winner)


def flow_codes(world: World, use_case_id: str) -> Mapping[str, str]:
    """Code by id."""
    return {flow.id: flow.code for flow in world.snapshots.current.flows.get(use_case_id, ())}


def weight(share: int) -> str:
    """A share of 10 000 in percent, without zeros at its end."""
    return f"{share / 100:g} %"


def rate(part: float | None) -> str:
    """A part in percent, as 12.5 %."""
    return shown.NONE if part is None else f"{100 * part:.3g} %"


def _standing(it: Experiment, winner: str) -> tuple[str, str, str]:
    if it.outcome is not None:
        return _decided(it, winner)
    if it.status == "draft":
        return "off", "draft", "It has not started. Nothing moves until somebody starts it."
    if it.status == "ended":
        return "off", "ended", "It has ended without a verdict. Weights stay as they are."
    if it.paused_at is not None:
        return "warn", "paused", "It is paused: weights stay until it is resumed."
    if it.phase == "warmup":
        return "good", "warming up", "It ramps new flows up to their goals."
    return "good", "optimising", "It shifts traffic to what earns the most."


def _decided(it: Experiment, winner: str) -> tuple[str, str, str]:
    """By outcome; which of them an operator brought about is told too."""
    match it.outcome:
        case "completed" if it.decided_by == "operator":
            return "good", "completed", f"{winner} was chosen by an operator and has all traffic."
        case "completed" if it.state.get("outcome") == "guess":
            return "good", "best guess", f"{winner} is the best guess, not proven, and has all traffic."
        case "completed":
            return "good", "completed", f"{winner} won and has all traffic."
        case "equivalent":
            return "good", "equivalent", f"{winner} is kept: it is the best, or so near that it does not matter."
        case "inconclusive":
            return "warn", "no verdict", "Its budget was spent before anything was proven. The baseline is kept."
        case "escaped":
            return "bad", "escaped", "A flow broke its limits and left; traffic went where its rule says."
        case "stopped":
            return "off", "stopped", "An operator stopped it before a verdict. Weights stay as they are."
    return "off", str(it.outcome), "It has been decided."


def _line(place: int, flow: FlowReadout) -> Line:
    rival = rollout_chart.nearest(flow)
    progress = 0.0 if rival is None else rollout_chart.progress(rival)
    return Line(flow, place % COLOURS, rollout_chart.span(flow), rival, progress)


def _limit(flow: str, rail: Guardrail) -> Limit:
    match rail.watched:
        case "reward":
            limit, seen = f"at least {rail.limit:g}", shown.NONE if rail.seen is None else f"{rail.seen:.3f}"
        case "error_rate":
            limit, seen = f"at most {rate(rail.limit)}", rate(rail.seen)
        case "latency_p95_ms":
            limit, seen = f"at most 5 % over {rail.limit:g} ms", rate(rail.seen)
        case "cost":
            limit = f"at most {shown.amount(int(rail.limit), 'usd')}"
            seen = shown.NONE if rail.seen is None else shown.amount(int(rail.seen), "usd")
    return Limit(flow, WATCHED[rail.watched], limit, seen, round(100 * rail.nearness, 1), rail)


def _comments(world: World, it: Experiment) -> tuple[Comment, ...]:
    """The newest comments among the newest opinions on its use case, since it began."""
    owner = world.snapshots.current.use_cases_by_id.get(it.use_case_id)
    if owner is None:
        return ()
    codes = flow_codes(world, it.use_case_id)
    try:
        opinions, _ = feedback.page(world, owner.code, cursor=None, limit=OPINIONS)
    except NotFound:  # deleted since the snapshot was read
        return ()
    said = [one for one in opinions if one.comment and one.at >= it.started_at]
    return tuple(Comment(one, codes.get(one.flow_id, shown.NONE), one.author or one.rater) for one in said[:COMMENTS])

"""How far one answer of the service is trusted: by rules, and by a judging model where one is named."""

from dataclasses import replace
from typing import Final

from app.domain.comparison.found_json import found_json
from app.domain.errors import CallerLeft, Invalid, ModelMatchError
from app.domain.fenced import mark_of
from app.domain.message import ModelReply, ModelRequest
from app.domain.quality.judged import MOST_TOKENS, questions, read
from app.domain.quality.rubric import Rubric, Spec
from app.domain.route import Tried
from app.domain.routing.confidence import confidence
from app.domain.routing.doubt import Confidence
from app.services.attempts import Asker, Attempt, Attempts
from app.services.comparing.checks import allows
from app.services.routes import Leg
from app.services.routing.ask import Ask
from app.services.world import World

UNCLEAR: Final = "the judge's word cannot be read"
_RIGHT: Final = "how sure it is that the answer is right and does all that was asked"
TRUST: Final = Rubric("trust", "whether an answer can be given", (Spec("score", 100, _RIGHT),), lambda work: {})


def by_rules(world: World, asker: Asker, request: ModelRequest, reply: ModelReply) -> Confidence:
    """What can be read off the answer, weighed as the rubric of the asker's use case says."""
    return confidence(reply, request, rubric=_rubric(world, asker), fits=_fits(request, reply))


def by_judge(
    world: World,
    model: str,
    request: ModelRequest,
    reply: ModelReply,
    *,
    ask: Ask,
    asker: Asker,
    attempts: Attempts,
    deadline: float,
) -> Confidence | None:
    """What the judging model gives the answer; its call joins `attempts` as one of source `judge`.

    A word that cannot be read counts as no trust at all, so that nobody talks the judge into silence; it teaches
    nothing, see `taught`. None when the
    judge could not be asked: no model of that name, not for this key, no budget, no answer. Raises CallerLeft.
    """
    own = Attempts()
    try:
        leg = Leg(world.catalogue.get(model, field="auto.escalation.judge"), "judges the answer")
        word = ask(
            (leg,),
            _question(world, request, reply),
            asker=replace(asker, source="judge", cache_ttl_s=None),
            attempts=own,
            deadline=deadline,
        )
    except CallerLeft:
        raise
    except ModelMatchError:
        return None
    finally:
        attempts.made.extend(own.made)
    judged = read(word.text, TRUST, {"score": 100.0})
    if judged is None:
        return Confidence(0.0, (UNCLEAR,))
    return Confidence(judged.points / 100, (f"the judge gives {judged.points:.0f} of 100",))


def taught(trusted: Confidence) -> float | None:
    """What a route keeps of it: nothing where the judge could not be read, for that says nothing of the answer."""
    return None if UNCLEAR in trusted.reasons else trusted.score


def tried(made: list[Attempt], trust: float | None, *, written: bool = False) -> list[Tried]:
    """The calls behind one answer as a route keeps them; the trust is that of the last, which gave it."""
    answers = [attempt.call for attempt in made if attempt.call.source != "judge"]
    calls = [call for call in answers if call.endpoint is not None or call.outcome == "cached"]
    return [
        Tried(
            call_id=call.id,
            model=call.model,
            confidence=trust if call is calls[-1] and call.outcome in ("ok", "cached") else None,
            cost=call.cost,
            latency_ms=call.latency_ms,
            failed=call.outcome not in ("ok", "cached"),
            written=written,
        )
        for call in calls
    ]


def _question(world: World, request: ModelRequest, reply: ModelReply) -> ModelRequest:
    task = "\n\n".join(f"{message.role}: {message.text}" for message in request.messages)
    mark = mark_of(world.new_id(), reply.text)
    return ModelRequest("", questions(TRUST, reply.text, prompt=task, mark=mark), max_tokens=MOST_TOKENS)


def _rubric(world: World, asker: Asker) -> str | None:
    use_case = world.snapshots.current.use_cases_by_id.get(asker.use_case_id or "")
    return None if use_case is None else use_case.rubric


def _fits(request: ModelRequest, reply: ModelReply) -> bool | None:
    """Whether the answer is what the request's schema allows; None where there is none, or it cannot be applied."""
    wanted = request.response_format
    if wanted is None or wanted.schema is None:
        return None
    found = found_json(reply.text)
    try:
        return bool(found) and allows(wanted.schema, found[0])
    except Invalid:
        return None

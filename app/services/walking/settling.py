"""A step that was asked is settled: it answered, or its rule says what follows its failure."""

import orjson

from app.domain.errors import CallerLeft, ModelMatchError, StoreUnavailable
from app.domain.message import ModelReply, Usage
from app.services.walking.walk import Standing, Walk

NEVER_MENDED = (CallerLeft, StoreUnavailable)


def answered(standing: Standing, reply: ModelReply, value: object) -> None:
    """The step answered; its output stands."""
    standing.reply, standing.text, standing.parsed = reply, reply.text, value
    standing.state = "answered"


def failed(walk: Walk, standing: Standing, error: ModelMatchError) -> Standing | None:
    """What the step's rule says: the fallback step to ask now, or None where that is all. Raises what nothing mends."""
    standing.error = error
    rule = standing.step.on_error
    if rule.action == "fail" or isinstance(error, NEVER_MENDED):
        standing.state, walk.failed = "failed", standing
        raise error
    if rule.action == "step" and rule.step is not None:
        return walk.standings[rule.step]
    if rule.action == "value" and rule.value is not None:
        answered(standing, ModelReply(rule.value, "stop", Usage(), ""), value_of(standing, rule.value))
    else:
        standing.state = "skipped"
    return None


def stood_in(walk: Walk, fallback: Standing) -> Standing | None:
    """The step that the fallback step backs, settled as the fallback is; None where it backs none that failed."""
    code = walk.backs.get(fallback.code)
    backed = None if code is None else walk.standings[code]
    if backed is None or backed.state != "running":
        return None
    if fallback.state == "answered" and fallback.reply is not None:
        answered(backed, fallback.reply, _of_fallback(backed, fallback))
        backed.streamed = fallback.streamed
    else:
        backed.state = fallback.state
    return backed


def _of_fallback(backed: Standing, fallback: Standing) -> object:
    if not backed.parses or fallback.parses:
        return fallback.parsed
    return value_of(backed, fallback.text or "")


def value_of(standing: Standing, text: str) -> object:
    """The JSON value of a step's text; one that is none stands for itself, or alone in a list."""
    if not standing.parses:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return [text] if standing.step.each is not None else text

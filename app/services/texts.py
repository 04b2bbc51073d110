"""What was said in a call is kept beside it, capped, and only where the policy keeps texts."""

from app.domain.call import CallText, storable
from app.domain.message import ModelRequest
from app.services.world import Policy


def exchanged(policy: Policy, call_id: str, request: ModelRequest, reply: str) -> CallText | None:
    """The turns of a request, a line each with its role, and the reply; None where texts are not kept."""
    if not policy.keep_texts:
        return None
    return told(policy, call_id, "\n".join(f"{message.role}: {message.text}" for message in request.messages), reply)


def told(policy: Policy, call_id: str, prompt: str, reply: str) -> CallText | None:
    """Prompt and reply as somebody put them; None where texts are not kept."""
    if not policy.keep_texts:
        return None
    limit = policy.text_max_chars
    return CallText(call_id, storable(prompt, limit), storable(reply, limit))

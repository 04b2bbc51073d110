"""A watch times one attempt, listens to it, and turns its end into a call row."""

import time
from datetime import datetime
from typing import Final

from app.domain.budget import Charge
from app.domain.call import Call, Outcome
from app.domain.errors import ProviderError
from app.domain.message import Delta, ModelReply, Usage
from app.domain.model import cost
from app.providers import tokens
from app.services import sending, texts
from app.services.attempts import Asker, Attempt, Attempts
from app.services.sending import Sending
from app.services.world import World

CALLER_LEFT: Final = "client-left"


class Watch:
    """One attempt under way. Exactly one of `answered`, `failed`, `left` and `dropped`, or the end heard, ends it."""

    def __init__(self, world: World, sent: Sending, asker: Asker, attempts: Attempts) -> None:
        self.sending: Final = sent
        self.ended = False
        self.ok = False
        self._world = world
        self._asker = asker
        self._attempts = attempts
        self._at: datetime = world.now()
        self._started = time.monotonic()
        self._first: float | None = None
        self._said: list[str] = []

    @property
    def spoke(self) -> bool:
        """Whether a piece of the answer has come."""
        return self._first is not None

    def heard(self, delta: Delta) -> None:
        """Take one more piece; its end ends the attempt."""
        if self._first is None and (delta.text or delta.tool_calls):
            self._first = time.monotonic()
        if delta.text:
            self._said.append(delta.text)
        if delta.finish_reason is not None:
            usage = delta.usage or Usage(estimated=True)
            self._end("ok", usage, finish_reason=delta.finish_reason, upstream_id=delta.request_id)

    def answered(self, reply: ModelReply) -> None:
        """The whole answer came."""
        self._said.append(reply.text)
        self._end("ok", reply.usage, finish_reason=reply.finish_reason, upstream_id=reply.request_id)

    def failed(self, error: ProviderError) -> None:
        """The provider failed; what had been said before is booked by estimate."""
        self._end("error", self._partial() if self.spoke else Usage(), error=error.code)

    def left(self) -> None:
        """The caller left before the end; the prompt was sent, so it is booked even if no word came back."""
        self._end("cancelled", self._partial(), error=CALLER_LEFT)

    def dropped(self) -> None:
        """Nothing was sent after all: no call, and what was reserved is free again."""
        self.ended = True
        if self.sending.hold is not None:
            self._world.ledger.settle(self.sending.hold, cost=0, tokens=0)
            sending.give_back(self._asker, self.sending.held, cost=0)

    def _partial(self) -> Usage:
        said = tokens.count("".join(self._said)) if self._said else 0
        return Usage(input_tokens=tokens.count_request(self.sending.request), output_tokens=said, estimated=True)

    def _end(
        self,
        outcome: Outcome,
        usage: Usage,
        *,
        finish_reason: str | None = None,
        error: str | None = None,
        upstream_id: str | None = None,
    ) -> None:
        self.ended, self.ok = True, outcome == "ok"
        ended, first = time.monotonic(), self._first
        sent, asker, model = self.sending, self._asker, self.sending.leg.model
        price = sent.price
        unsent = sent.endpoint is None
        paid = 0 if unsent else None if price is None else cost(price, usage)
        charges = self._settle(usage, paid)
        row = Call(
            id=self._world.new_id(),
            at=self._at,
            source=asker.source,
            model=model.slug,
            provider=model.provider,
            outcome=outcome,
            latency_ms=round((ended - self._started) * 1000),
            usage=usage,
            cost=paid,
            cost_status="free" if unsent else "unpriced" if price is None else "priced",
            price_version=None if price is None else price.valid_from.isoformat(),
            ttft_ms=None if first is None else round((first - self._started) * 1000),
            attempt=sent.number,
            reason=sent.reason,
            finish_reason=finish_reason,
            error=error,
            endpoint=sent.endpoint,
            upstream_id=upstream_id,
            **asker.labels(),
        )
        said = texts.exchanged(self._world.policy, row.id, sent.request, "".join(self._said))
        self._attempts.made.append(Attempt(row, said, charges))
        self._world.tally.ended(row)

    def _settle(self, usage: Usage, paid: int | None) -> tuple[Charge, ...]:
        """Correct what was reserved and counted before the call to what it came to."""
        world, sent, tokens_used = self._world, self.sending, usage.total_tokens
        if sent.hold is None:
            return ()
        sending.give_back(self._asker, sent.held, cost=paid)
        world.limiter.provider_spend(sent.leg.model.provider, tokens=tokens_used - sent.tokens)
        if self._asker.caller.key_id is not None and tokens_used:
            world.limiter.spend(self._asker.caller.key_id, tokens=tokens_used)
        return world.ledger.settle(sent.hold, cost=paid, tokens=tokens_used)

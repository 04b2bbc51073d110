"""Anthropic's message batches: requests in one body, answers as lines once it is over."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from app.domain.errors import ProviderBadAnswer, ProviderError, ProviderTimeout, ProviderUnavailable
from app.providers import wire
from app.providers.batching import BatchedAnswer, BatchedRequest, Batching, Speaker

PATH: Final = "/v1/messages/batches"
LISTED: Final = 100
UNKNOWN: Final = datetime(1, 1, 1, tzinfo=UTC) + timedelta(days=1)
SLACK: Final = timedelta(minutes=1)  # between the vendor's clock and ours


class AnthropicBatching(Batching):
    """Batches through one provider. The vendor keeps no name with a batch: it is known again by its requests' ids."""

    def __init__(self, speaker: Speaker, provider: str) -> None:
        self._speaker = speaker
        self._provider = provider

    def send(self, requests: Sequence[BatchedRequest], *, name: str, timeout_s: float) -> str:
        """As Batching says."""
        told = [{"custom_id": each.id, "params": self._speaker.body_of(each.request)} for each in requests]
        made = self._speaker.posted(PATH, {"requests": told}, timeout_s)
        vendor_id = wire.text(made.get("id"))
        if not vendor_id:
            raise ProviderBadAnswer(f"{self._provider} took a batch and gave it no id", provider=self._provider)
        return vendor_id

    def find(self, requests: Sequence[str], *, name: str, since: datetime, timeout_s: float) -> str | None:
        """As Batching says: of as many requests, taken since then; which ones it holds is told once it is over."""
        page = self._speaker.object_at(f"{PATH}?limit={LISTED}", timeout_s)
        for each in wire.objects(page.get("data")):
            if _made_at(each) < since - SLACK or _many(each) != len(requests):
                continue
            vendor_id = wire.text(each.get("id"))
            if each.get("processing_status") != "ended":
                raise ProviderUnavailable("whose batch it is is not known yet", provider=self._provider)
            first = next(self.answers(vendor_id, timeout_s=timeout_s), None)
            if first is not None and first.id in set(requests):
                return vendor_id
        return None

    def over(self, vendor_id: str, *, timeout_s: float) -> bool:
        """As Batching says."""
        return self._speaker.object_at(f"{PATH}/{vendor_id}", timeout_s).get("processing_status") == "ended"

    def answers(self, vendor_id: str, *, timeout_s: float) -> Iterator[BatchedAnswer]:
        """As Batching says."""
        pieces = self._speaker.got(f"{PATH}/{vendor_id}/results", timeout_s)
        for raw in wire.lines(pieces, provider=self._provider):
            if raw.strip():
                yield self._answer(wire.decode(raw, provider=self._provider))

    def cancel(self, vendor_id: str, *, timeout_s: float) -> None:
        """As Batching says."""
        self._speaker.posted(f"{PATH}/{vendor_id}/cancel", {}, timeout_s)

    def _answer(self, line: Mapping[str, object]) -> BatchedAnswer:
        id, told = wire.text(line.get("custom_id")), wire.obj(line.get("result"))
        try:
            match told.get("type"):
                case "succeeded":
                    return BatchedAnswer(id, self._speaker.reply_of(wire.obj(told.get("message")), None))
                case "errored":
                    raise self._speaker.failure(400, wire.obj(told.get("error")))
                case _:  # expired, or canceled on the way
                    raise ProviderTimeout(f"{self._provider} did not come to this request", provider=self._provider)
        except ProviderError as error:
            return BatchedAnswer(id, error=error)


def _many(batch: Mapping[str, object]) -> int:
    return sum(wire.whole(count) for count in wire.obj(batch.get("request_counts")).values())


def _made_at(batch: Mapping[str, object]) -> datetime:
    try:
        return datetime.fromisoformat(wire.text(batch.get("created_at")))
    except ValueError:
        return UNKNOWN

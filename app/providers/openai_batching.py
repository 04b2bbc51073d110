"""Batches of OpenAI, and of vendors that speak its protocol: a file of lines, a batch of it, a file of answers."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Final, Protocol

from app.domain.errors import ProviderBadAnswer, ProviderError
from app.providers import wire
from app.providers.batching import BatchedAnswer, BatchedRequest, Batching, Speaker
from app.providers.wire import JsonObject

CHAT: Final = "/v1/chat/completions"
NAME: Final = "model_match"  # the entry of a batch's metadata that holds our name of it
LISTED: Final = 100
PAGES: Final = 20
OVER: Final = ("completed", "failed", "expired", "cancelled")


class Uploading(Speaker, Protocol):
    """What of a provider is needed here."""

    def uploaded(self, content: bytes, timeout_s: float) -> str:
        """The id of a file with that content."""


class OpenAIBatching(Batching):
    """Batches through one provider."""

    def __init__(self, speaker: Uploading, provider: str) -> None:
        self._speaker = speaker
        self._provider = provider

    def send(self, requests: Sequence[BatchedRequest], *, name: str, timeout_s: float) -> str:
        """As Batching says."""
        lines: list[JsonObject] = [
            {"custom_id": each.id, "method": "POST", "url": CHAT, "body": self._speaker.body_of(each.request)}
            for each in requests
        ]
        content = b"\n".join(map(wire.encode, lines))
        file_id = self._speaker.uploaded(content, timeout_s)
        wish: JsonObject = {
            "input_file_id": file_id,
            "endpoint": CHAT,
            "completion_window": "24h",
            "metadata": {NAME: name},
        }
        made = self._speaker.posted("/batches", wish, timeout_s)
        vendor_id = wire.text(made.get("id"))
        if not vendor_id:
            raise ProviderBadAnswer(f"{self._provider} took a batch and gave it no id", provider=self._provider)
        return vendor_id

    def find(self, requests: Sequence[str], *, name: str, since: datetime, timeout_s: float) -> str | None:
        """As Batching says: the name stands in the batch's metadata, newest batches first."""
        after = ""
        for _ in range(PAGES):
            page = self._object(f"/batches?limit={LISTED}{after}", timeout_s)
            found = wire.objects(page.get("data"))
            for each in found:
                if wire.obj(each.get("metadata")).get(NAME) == name:
                    return wire.text(each.get("id")) or None
            oldest = min((wire.whole(each.get("created_at")) for each in found), default=0)
            if not page.get("has_more") or not found or oldest < since.timestamp() - 60:
                return None
            after = f"&after={wire.text(found[-1].get('id'))}"
        return None

    def over(self, vendor_id: str, *, timeout_s: float) -> bool:
        """As Batching says."""
        return self._object(f"/batches/{vendor_id}", timeout_s).get("status") in OVER

    def answers(self, vendor_id: str, *, timeout_s: float) -> Iterator[BatchedAnswer]:
        """As Batching says: those with an answer stand in one file, those with an error in another."""
        made = self._object(f"/batches/{vendor_id}", timeout_s)
        files = [wire.text(made.get(name)) for name in ("output_file_id", "error_file_id")]
        return chain.from_iterable(self._of_file(file_id, timeout_s) for file_id in files if file_id)

    def cancel(self, vendor_id: str, *, timeout_s: float) -> None:
        """As Batching says."""
        self._speaker.posted(f"/batches/{vendor_id}/cancel", {}, timeout_s)

    def _of_file(self, file_id: str, timeout_s: float) -> Iterator[BatchedAnswer]:
        pieces = self._speaker.got(f"/files/{file_id}/content", timeout_s)
        for raw in wire.lines(pieces, provider=self._provider):
            if raw.strip():
                yield self._answer(wire.decode(raw, provider=self._provider))

    def _answer(self, line: Mapping[str, object]) -> BatchedAnswer:
        id, response = wire.text(line.get("custom_id")), wire.obj(line.get("response"))
        status, body = wire.whole(response.get("status_code")), wire.obj(response.get("body"))
        try:
            if not response or status >= 300:
                raise self._speaker.failure(status or 500, body or wire.obj(line.get("error")))
            return BatchedAnswer(id, self._speaker.reply_of(body, wire.text(response.get("request_id")) or None))
        except ProviderError as error:
            return BatchedAnswer(id, error=error)

    def _object(self, path: str, timeout_s: float) -> JsonObject:
        return self._speaker.object_at(path, timeout_s)

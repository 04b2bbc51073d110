"""The page on events names every kind, and what it tells a reader to type works; code for receivers verifies."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.event import CHANGES, KINDS
from app.domain.webhook import Webhook, rotated, secret_of
from tests.house.blocks import typed
from tests.house.tree import ROOT, sources


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_block_does_run(tmp_path: Path) -> None:
    done = typed("events.md", tmp_path)

    assert '"kind":"use-case.created"' in done.stdout
    assert "event: use-case.created" in done.stdout
    assert '"job_id":' in done.stdout


def test_every_kind_is_told() -> None:
    text = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    table = text[text.index("## Kinds") : text.index("## Following")]
    told = set()
    for row in re.findall(r"^\| (`.*?) \|", table, re.M):
        noun = ""
        for name in re.findall(r"`([a-z.-]+)`", row):
            noun, name = (noun, noun + name) if name.startswith(".") else (name.partition(".")[0], name)
            told.add(name)

    assert told == set(KINDS)


def test_the_code_for_receivers_verifies_and_refuses() -> None:
    text = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
    (source,) = re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)
    names: dict[str, object] = {}
    exec(compile(source, "docs/webhooks.md", "exec"), names)
    verified, moment, body = names["verified"], datetime.now(UTC), b'{"type":"run.failed"}'
    old, new = secret_of(b"a" * 32), secret_of(b"b" * 32)
    webhook = rotated(Webhook("w", "https://host/", old, ("*",), True, moment, moment), new, moment)
    sent = {
        "webhook-id": "e",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": webhook.signatures(id_="e", moment=moment, body=body),
    }
    late = {**sent, "webhook-timestamp": str(int(moment.timestamp()) - 301)}

    assert callable(verified)
    assert (verified(new, sent, body), verified(old, sent, body)) == (True, True)
    assert (verified(secret_of(b"c" * 32), sent, body), verified(new, sent, body + b" ")) == (False, False)
    assert (verified(new, late, body), verified(new, {**sent, "webhook-id": "f"}, body)) == (False, False)


def test_every_kind_is_recorded_somewhere() -> None:
    """A kind that nobody records would be offered to webhooks that then never hear of it."""
    kinds = {"app/domain/event.py", "app/domain/experiment_event.py"}
    text = "\n".join(source.text for source in sources() if source.path not in kinds)
    silent = [
        kind
        for noun, several in CHANGES.items()
        for what in several
        if f'"{(kind := f"{noun}.{what}")}"' not in text and not (f'f"{noun}.{{' in text and f'"{what}"' in text)
    ]

    assert silent == []

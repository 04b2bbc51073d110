"""Webhooks as files want them, known by their addresses; a new one gets a secret, which is told once."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from app.domain.errors import NotFound
from app.domain.webhook import Webhook
from app.services import webhooks
from app.services.authoring import telling
from app.services.authoring.changes import Change, Intent, diff, kept, nothing, verdict
from app.services.authoring.forms import WebhookForm, WebhooksForm
from app.services.authoring.stored import Stored
from app.services.authoring.yaml_reading import Document
from app.services.webhooks import Edit
from app.services.world import World


def of_webhooks(
    world: World,
    now: Stored,
    wanted: tuple[Document, WebhooksForm] | None,
    *,
    coming: frozenset[str],
    secrets: dict[str, str],
    prune: bool,
) -> Iterator[Intent]:
    """What becomes of each webhook. Those of one address are taken in their order; secrets of new ones are put there.

    `coming` are use cases that the same files make.
    """
    if wanted is None:
        return
    document, form = wanted
    left: dict[str, list[Webhook]] = defaultdict(list)
    for each in now.webhooks:
        left[each.url].append(each)
    for position, each_form in enumerate(form.webhooks):
        before = left[each_form.url].pop(0) if left[each_form.url] else None
        old = None if before is None else telling.webhook(now, before)
        new = telling.of_webhook(each_form)
        act = _Webhook(world, each_form, before, coming, secrets)
        yield Intent(
            Change("webhook", each_form.url, verdict(old, new), diff(each_form.url, old, new)),
            check=act.check,
            write=act.write,
            document=document,
            path=("webhooks", position),
        )
    for each in (webhook for group in left.values() for webhook in group):
        gone = Change("webhook", each.url, "delete", diff(each.url, telling.webhook(now, each), None))
        yield Intent(gone, nothing, partial(webhooks.remove, world, each.id)) if prune else kept("webhook", each.url)


@dataclass(frozen=True, slots=True)
class _Webhook:
    """A webhook as a file wants it, and the one that it is now."""

    world: World
    form: WebhookForm
    before: Webhook | None
    coming: frozenset[str]
    secrets: dict[str, str]

    def check(self) -> None:
        """Raises Invalid, NotFound."""
        webhooks.check(self.world, self.form.wanted())
        code = self.form.use_case
        if code is not None and code not in self.coming and code not in self.world.snapshots.current.use_cases:
            raise NotFound("use case", code, field="use_case")

    def write(self) -> None:
        """Raises as `check`."""
        wanted = self.form.wanted()
        if self.before is None:
            self.secrets[wanted.url] = webhooks.make(self.world, wanted).secret
            return
        edit = Edit(None, wanted.kinds, wanted.active, wanted.use_case or "", wanted.texts, wanted.headers)
        webhooks.change(self.world, self.before.id, edit)

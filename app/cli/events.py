"""`events` reads the log of what happened, follows it, and tells webhooks of the past once more."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import click

from app.cli.opened import told
from app.services import event_log, event_replays
from app.services.departure import Departure
from app.services.event_log import Asked, Shown
from app.services.publishing import Publisher

FORMATS: Final = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z")
MOMENT = click.DateTime(FORMATS)
KINDS = click.option("--kind", "kinds", multiple=True, help="Only this kind, or noun.* for all of a noun; repeatable.")
ABOUT = click.option("--about", help="Only what happened to the thing with this id or name.")
USE_CASE = click.option("--use-case", help="Only what happened to this use case.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="A JSON object on each line.")


@click.group()
def events() -> None:
    """What happened: read, followed, and told to webhooks once more."""


@events.command("list")
@KINDS
@ABOUT
@USE_CASE
@click.option("--since", type=MOMENT, help="From this moment on; UTC unless it names a zone.")
@click.option("--until", type=MOMENT, help="Before this moment.")
@click.option("--limit", type=click.IntRange(1, 1_000), default=50, show_default=True, help="At most so many.")
@AS_JSON
def list_events(
    kinds: Sequence[str],
    about: str | None,
    use_case: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    as_json: bool,
) -> None:
    """Events, newest first."""
    asked = Asked(kinds, about, use_case, _aware(since), _aware(until))
    with told() as world:
        found, _ = event_log.page(world, asked, cursor=None, limit=limit)
        for shown in found:
            click.echo(_line(shown, as_json=as_json))


@events.command()
@KINDS
@ABOUT
@USE_CASE
@click.option("--after", type=click.IntRange(0), help="Behind the event with this number; default: from now on.")
@click.option("--for", "lasts_s", type=float, default=float("inf"), help="Leave after so many seconds.")
@AS_JSON
def follow(
    kinds: Sequence[str], about: str | None, use_case: str | None, after: int | None, lasts_s: float, as_json: bool
) -> None:
    """Events as they happen, in the order of their numbers, until Ctrl-C."""
    with told() as world:
        wanted, last = event_log.start(world, Asked(kinds, about, use_case))
        publisher = Publisher(world)  # also where no server runs
        publisher.start()
        try:
            start = last if after is None else after
            for shown in event_log.follow(world, wanted, Departure(), after=start, lasts_s=lasts_s):
                click.echo(_line(shown, as_json=as_json))
        finally:
            publisher.close()


@events.command()
@KINDS
@USE_CASE
@click.option("--since", type=MOMENT, required=True, help="From this moment on; UTC unless it names a zone.")
@click.option("--until", type=MOMENT, help="Before this moment; default: now.")
@click.option("--webhook", help="Only to the webhook with this id; default: to every active one that wants them.")
@click.option("--missed", is_flag=True, help="Only what was given up or never sent.")
def replay(
    kinds: Sequence[str],
    use_case: str | None,
    since: datetime,
    until: datetime | None,
    webhook: str | None,
    missed: bool,
) -> None:
    """Tell webhooks of events once more, under the same ids: a job, which servers and workers do."""
    wanted = event_replays.Wanted(
        since=_zoned(since),
        until=_aware(until),
        kinds=kinds,
        use_case=use_case,
        webhook_id=webhook,
        missed=missed,
    )
    with told() as world:
        click.echo(f"job {event_replays.begin(world, wanted).id}")


def _aware(moment: datetime | None) -> datetime | None:
    return None if moment is None else _zoned(moment)


def _zoned(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _line(shown: Shown, *, as_json: bool) -> str:
    event = shown.event
    if as_json:
        return json.dumps(
            {
                "id": event.id,
                "number": event.number,
                "at": event.at.isoformat(),
                "kind": event.kind,
                "about": event.about,
                "use_case": shown.use_case,
                "actor": event.actor,
                "text": event.text,
                "data": event.data,
            }
        )
    number = "-" if event.number is None else str(event.number)
    return f"{number:>8}  {event.at:%Y-%m-%d %H:%M:%S}  {event.kind:<22} {event.text}  ({event.actor or '-'})"

"""Files are applied: everything is checked and tried first, and only if nothing is refused is anything written."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain

from app.domain.errors import ModelMatchError, StoreUnavailable
from app.services.authoring.changes import DOES, Change, Intent, Refusal
from app.services.authoring.experiment_intents import of_experiments
from app.services.authoring.files import Configuration, parse
from app.services.authoring.money_intents import of_budgets, of_tasks
from app.services.authoring.stored import Stored, stored
from app.services.authoring.use_case_intents import intents as of_use_cases
from app.services.authoring.webhook_intents import of_webhooks
from app.services.authoring.yaml_reading import path_of, told
from app.services.world import World


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of each thing, or would become of it. `written`: it was done, as far as nothing is refused.

    `secrets` of new webhooks by address; they are told this once.
    """

    changes: tuple[Change, ...]
    written: bool
    secrets: Mapping[str, str] = field(default_factory=dict)

    @property
    def refused(self) -> tuple[Change, ...]:
        """What cannot be done."""
        return tuple(change for change in self.changes if change.refused is not None)

    @property
    def differs(self) -> bool:
        """Whether the store is not as the files say."""
        return any(change.verdict in DOES for change in self.changes)


def apply(
    world: World,
    files: Mapping[str, str],
    *,
    actor: str,
    dry_run: bool = False,
    prune: bool = False,
    start: bool = False,
) -> Applied:
    """Make the store what the files say, by name; `prune` deletes what they do not say, `start` starts experiments.

    Each use case with its flows is one unit of work. What fails though it was tried (somebody else was faster) is
    refused alone; the rest is done. Raises FilesInvalid for files that do not have their shape.
    """
    configuration, now = parse(files), stored(world)
    secrets: dict[str, str] = {}
    found = list(_intents(world, now, configuration, secrets, actor=actor, prune=prune, start=start))
    changes = [_outcome(intent, intent.check) for intent in found]
    if dry_run or any(change.refused is not None for change in changes):
        return Applied(tuple(changes), written=False)
    done = [_outcome(each, each.write) if each.change.verdict in DOES else each.change for each in found]
    return Applied(tuple(done), written=True, secrets=secrets)


def kinds_of(files: Mapping[str, str]) -> frozenset[str]:
    """Which kinds of files there are, by the names of the files and the folder."""
    return frozenset(name.partition("/")[0] for name in files)


def _intents(
    world: World,
    now: Stored,
    configuration: Configuration,
    secrets: dict[str, str],
    *,
    actor: str,
    prune: bool,
    start: bool,
) -> Iterator[Intent]:
    """In the order in which they are done: what others name comes before those, and goes after them."""
    written = configuration.use_cases or ()
    every = [] if configuration.use_cases is None else list(of_use_cases(world, now, written, actor=actor, prune=prune))
    coming = frozenset(each.form.code for each in written)
    flows = frozenset(f"{each.form.code}/{flow.code}" for each in written for flow in each.form.flows)
    changing = frozenset(each.change.name for each in every if each.change.verdict in ("create", "change"))
    gone = [each for each in every if each.change.verdict == "delete"]
    yield from (each for each in every if each.change.verdict != "delete")
    yield from chain(
        of_tasks(world, now, configuration.tasks, prune=prune),
        of_budgets(world, now, configuration.budgets, coming=coming | flows, prune=prune),
        of_webhooks(world, now, configuration.webhooks, coming=coming, secrets=secrets, prune=prune),
        of_experiments(world, now, written, changing=changing, start=start, prune=prune),
        gone,
    )


def _outcome(intent: Intent, act: Callable[[], None]) -> Change:
    """What became of it. A store that does not answer stops everything."""
    if intent.change.verdict not in DOES:
        return intent.change
    try:
        act()
    except StoreUnavailable:
        raise
    except ModelMatchError as error:
        return replace(intent.change, refused=_refusal(intent, error))
    return intent.change


def _refusal(intent: Intent, error: ModelMatchError) -> Refusal:
    field, document = getattr(error, "field", None) or "", intent.document
    if document is None:
        return Refusal(error.code, error.message)
    path = (*intent.path, *path_of(field))
    return Refusal(error.code, error.message, document.file, document.line(path), told(path))

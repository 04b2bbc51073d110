"""Migrations give exactly the tables, in order, also to processes that start together."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import column, insert, inspect, table

from app.db import jobs
from app.db.migrate import MIGRATIONS, head, upgrade
from app.db.tables import metadata
from app.db.types import Id, Utc
from app.db.uow import Store
from app.domain.errors import StoreUnavailable
from app.services.ids import new_id
from tests.db.makers import NOW
from tests.stores import store_url

START = (
    "import sys; from app.db.uow import Store; from app.db.migrate import upgrade; upgrade(Store(sys.argv[1]).engine)"
)
BEFORE_JOBS_OF_COMPARISONS = "0023"
NAMES = ("name", "config", "inputs", "repeats", "concurrency", "seed", "alpha", "actor", "status")
OLD = {
    "name": "old",
    "config": "{}",
    "inputs": 1,
    "repeats": 1,
    "concurrency": 1,
    "seed": "s",
    "alpha": 0.05,
    "actor": "ann",
    "created_at": NOW,
}
OLD_COMPARISONS = table("comparisons", column("id", Id()), column("created_at", Utc()), *map(column, NAMES))


def test_migrations_give_exactly_the_tables(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        differences = compare_metadata(context, metadata)

    assert differences == []
    assert set(inspect(store.engine).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_migrations_are_numbered_and_have_one_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))

    scripts = list(ScriptDirectory.from_config(config).walk_revisions())

    assert [script.revision for script in reversed(scripts)] == [f"{n:04d}" for n in range(1, len(scripts) + 1)]
    assert scripts[0].revision == head()


def test_a_second_upgrade_changes_nothing(store: Store) -> None:
    store_before = store.revision()

    upgrade(store.engine)

    assert store.revision() == store_before


def test_processes_that_start_together_on_an_empty_store_all_find_it_migrated(store_kind: str, tmp_path: Path) -> None:
    with store_url(store_kind, tmp_path) as url:
        started = [
            subprocess.Popen([sys.executable, "-c", START, url], stderr=subprocess.PIPE, text=True) for _ in range(3)
        ]
        errors = [process.communicate(timeout=60)[1] for process in started]

        assert [process.returncode for process in started] == [0, 0, 0], errors


def test_an_upgrade_without_a_database_says_so() -> None:
    gone = Store("postgresql://nobody@127.0.0.1:9/none")

    with pytest.raises(StoreUnavailable):
        upgrade(gone.engine)


def test_comparisons_of_an_older_store_that_wait_or_run_get_a_job(store_kind: str, tmp_path: Path) -> None:
    ids = {status: new_id() for status in ("queued", "running", "succeeded")}
    with store_url(store_kind, tmp_path) as url:
        store = Store(url)
        with store.engine.begin() as connection:
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS))
            config.attributes["connection"] = connection
            command.upgrade(config, BEFORE_JOBS_OF_COMPARISONS)
            for status, id_ in ids.items():
                connection.execute(insert(OLD_COMPARISONS).values(id=id_, status=status, **OLD))
        upgrade(store.engine)

        with store.read() as tx:
            found = [jobs.of(tx, "comparison", id_) for id_ in ids.values()]
        store.close()

    assert [job and (job.status, job.sole) for job in found] == [("queued", True), ("queued", True), None]

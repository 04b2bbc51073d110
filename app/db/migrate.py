"""The schema moves by numbered migrations, also when several processes start at once on an empty store."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from app.db.faults import translated
from app.db.turnstile import turn

MIGRATIONS: Final = Path(__file__).resolve().parents[2] / "migrations"
ADVISORY: Final = 7_330_220_001  # one number for all processes that migrate a PostgreSQL store


def upgrade(engine: Engine) -> None:
    """Brings the store to the newest migration; does nothing when it is there. One process at a time.

    Raises StoreUnavailable when the database does not answer.
    """
    with translated(), _alone(engine) as connection:
        if MigrationContext.configure(connection).get_current_revision() != head():
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def head() -> str:
    """The id of the newest migration."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    if engine.dialect.name == "sqlite":
        path = Path(str(engine.url.database))
        with turn(path.with_name(path.name + ".migrate")), engine.begin() as connection:
            yield connection
        return
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": ADVISORY})
        yield connection

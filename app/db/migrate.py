"""The schema moves by numbered migrations, also when several processes start at once on an empty store."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text

from app.db.faults import translated
from app.db.patience import patience
from app.db.turnstile import turn
from app.domain.errors import StoreUnavailable

log = logging.getLogger(__name__)
MIGRATIONS: Final = Path(__file__).resolve().parents[2] / "migrations"
LONGEST_S: Final = 3600.0  # one statement of a migration, or of another process's that is waited for
ADVISORY: Final = 7_330_220_001  # one number for all processes that migrate a PostgreSQL store


def upgrade(engine: Engine) -> None:
    """Brings the store to the newest migration; does nothing when it is there. One process at a time.

    Raises StoreUnavailable when the database does not answer.
    """
    with translated(), engine.begin() as connection:
        if _at_head(connection):
            return
    with translated(), patience(silence_s=LONGEST_S), _alone(engine) as connection:
        if not _at_head(connection):
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def patiently(migrate: Callable[[], None]) -> Callable[[], None]:
    """The same work for a store that was away and may come back in a version that this code does not know.

    That is told once, and the store is then still away: somebody may yet bring the newer code, or the older store.
    """
    told = threading.Event()

    def work() -> None:
        try:
            migrate()
        except CommandError as error:
            if not told.is_set():
                log.error("store_not_migrated", extra={"error": str(error)})
                told.set()
            raise StoreUnavailable("the database is of a version that this code does not know") from error

    return work


def _at_head(connection: Connection) -> bool:
    return MigrationContext.configure(connection).get_current_revision() == head()


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
        with ExitStack() as stack:
            try:
                stack.enter_context(turn(path.with_name(path.name + ".migrate")))
            except OSError as error:
                raise StoreUnavailable("the folder of the database cannot be written to") from error
            yield stack.enter_context(engine.begin())
        return
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": ADVISORY})
        yield connection

"""Migrations run on the connection, or the URL, that the caller hands over in the configuration's attributes."""

from alembic import context
from sqlalchemy import Connection, create_engine

from app.db.tables import metadata


def run(connection: Connection) -> None:
    """Runs the asked migrations inside the connection's transaction."""
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    """Takes the caller's connection; on the command line the URL of `alembic -x url=…`."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        run(connection)
        return
    engine = create_engine(context.get_x_argument(as_dictionary=True)["url"])
    with engine.begin() as own:
        run(own)


main()

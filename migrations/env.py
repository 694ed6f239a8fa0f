"""Run migrations on the database of the configuration; one transaction each."""

from __future__ import annotations

from alembic import context

from surveyapp.storage.database import Database
from surveyapp.storage.records import Record


def run() -> None:
    """Connect as the product does, so that locks and pragmas are the same."""
    database = Database(context.config.attributes["url"])
    with database.engine.connect().execution_options(surveyapp_writing=True) as connection:
        if database.is_sqlite:
            # SQLite changes a table by replacing it; the pragma works outside transactions only.
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=Record.metadata,
            render_as_batch=database.is_sqlite,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        if database.is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise RuntimeError("the migration leaves rows that point to nothing: nothing was done")
        connection.commit()
    database.dispose()


run()

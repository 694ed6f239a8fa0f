"""Run migrations on the database of the configuration; one transaction each."""

from __future__ import annotations

from alembic import context

from surveyapp.storage.database import Database
from surveyapp.storage.records import Record


def run() -> None:
    """Connect as the product does, so that locks and pragmas are the same."""
    database = Database(context.config.attributes["url"])
    with database.engine.connect().execution_options(surveyapp_writing=True) as connection:
        context.configure(
            connection=connection,
            target_metadata=Record.metadata,
            render_as_batch=database.is_sqlite,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    database.dispose()


run()

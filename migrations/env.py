"""Alembic's entry: runs on the connection that :mod:`migrations.runner` opened and locked."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    transaction_per_migration=False,
)
context.run_migrations()

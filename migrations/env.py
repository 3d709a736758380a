"""Alembic's entry: runs on the connection that :mod:`migrations.applying` opened, or prints SQL."""

from alembic import context

context.configure(
    connection=context.config.attributes.get("connection"),
    version_table=context.config.attributes["version_table"],
    dialect_name="postgresql",
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()

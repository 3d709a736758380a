"""Changes by the owner of the tasks are limited to the rows of their owners, too

So they are where the database's user may not create the serving role. ADR 60.
"""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # PostgreSQL drops a condition that is always true, so reads outside transactions keep their
    # indexes, which `of_owners` would not let them use.
    op.execute("""
        CREATE POLICY read_by_database_owner ON tasks.task
        FOR SELECT TO pg_database_owner
        USING (true)
    """)
    op.execute("ALTER TABLE tasks.task FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    op.execute("ALTER TABLE tasks.task NO FORCE ROW LEVEL SECURITY")
    op.execute("DROP POLICY read_by_database_owner ON tasks.task")

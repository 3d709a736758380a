"""Transactions of the service reach the tasks of those alone for whom they run

PostgreSQL refuses rows of other owners, whatever the statement says. A transaction that names no
owners is not limited: that of an earlier release, a backup, a report. ADR 60.
"""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Each subquery is evaluated once in a statement, not for each row.
    op.execute("""
        CREATE POLICY of_owners ON tasks.task
        USING (
            (SELECT coalesce(current_setting('rows.owners', true), '') IN ('', 'anybody'))
            OR owner_id = ANY ((
                SELECT CASE current_setting('rows.owners', true)
                    WHEN 'anybody' THEN '{}'
                    ELSE string_to_array(current_setting('rows.owners', true), ',')
                END::uuid[]
            )::uuid[])
        )
    """)
    op.execute("ALTER TABLE tasks.task ENABLE ROW LEVEL SECURITY")


def downgrade() -> None:
    op.execute("ALTER TABLE tasks.task DISABLE ROW LEVEL SECURITY")
    op.execute("DROP POLICY of_owners ON tasks.task")

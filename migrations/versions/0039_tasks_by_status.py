"""Few tasks of a status, or due in a time, are found fast among a million

ADR 19.
"""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Without it PostgreSQL expects a third of all tasks before any time: it takes no statistics
    # from the indexes by due time, which are partial.
    op.execute("""
        CREATE STATISTICS IF NOT EXISTS tasks.task_due_times
        ON (coalesce(due_at, 'infinity'::timestamptz)) FROM tasks.task
    """)
    with op.get_context().autocommit_block():
        op.execute("ANALYZE tasks.task")  # a table that changes seldom would wait for it
        # Equal keys share an entry, so it takes seven bytes for a task.
        op.execute("""
            CREATE INDEX CONCURRENTLY IF NOT EXISTS task_status
            ON tasks.task (owner_id, status, priority)
            WHERE deleted_at IS NULL
        """)


def downgrade() -> None:
    op.execute("DROP INDEX tasks.task_status")
    op.execute("DROP STATISTICS tasks.task_due_times")

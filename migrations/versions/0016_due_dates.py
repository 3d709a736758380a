"""A task may be due on a date, without a time"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # may be repeated: what is outside the transaction may be interrupted
    op.execute("ALTER TABLE tasks.task ADD COLUMN IF NOT EXISTS due_on date")
    for name in ("task_due_once", "task_due_on_check"):
        op.execute(f"""
            -- squawk-ignore ban-drop-constraint
            ALTER TABLE tasks.task DROP CONSTRAINT IF EXISTS {name}
        """)
    op.execute("""
        ALTER TABLE tasks.task
        ADD CONSTRAINT task_due_once CHECK (due_at IS NULL OR due_on IS NULL) NOT VALID,
        ADD CONSTRAINT task_due_on_check CHECK (isfinite(due_on)) NOT VALID
    """)
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE tasks.task VALIDATE CONSTRAINT task_due_once")
        op.execute("ALTER TABLE tasks.task VALIDATE CONSTRAINT task_due_on_check")
        op.execute("""
            CREATE INDEX CONCURRENTLY IF NOT EXISTS task_due_on
            ON tasks.task (owner_id, due_on, id)
            WHERE deleted_at IS NULL AND due_on IS NOT NULL
        """)


def downgrade() -> None:
    """A due date becomes the last moment of it in UTC."""
    op.execute("""
        UPDATE tasks.task
        SET due_at = (due_on + 1)::timestamp AT TIME ZONE 'UTC' - interval '1 microsecond',
            due_on = NULL
        WHERE due_on IS NOT NULL
    """)
    op.execute("ALTER TABLE tasks.task DROP COLUMN due_on")

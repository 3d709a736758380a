"""Tasks may be a team's, and assigned to one of its members"""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

# `owner_id` stays the key of a collection: a user's, or a team's. So each index serves both.
_CHECKS = {
    "task_of_team": "team_id IS NULL OR team_id = owner_id",
    "task_assigned_in_team": "assignee_id IS NULL OR team_id IS NOT NULL",
}


def upgrade() -> None:
    # may be repeated: what is outside the transaction may be interrupted
    op.execute("""
        ALTER TABLE tasks.task
        ADD COLUMN IF NOT EXISTS team_id uuid,
        ADD COLUMN IF NOT EXISTS assignee_id uuid
    """)
    for name, condition in _CHECKS.items():
        op.execute(f"""
            -- squawk-ignore ban-drop-constraint
            ALTER TABLE tasks.task DROP CONSTRAINT IF EXISTS {name}
        """)
        op.execute(f"""
            ALTER TABLE tasks.task ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID
        """)
    with op.get_context().autocommit_block():
        for name in _CHECKS:
            op.execute(f"ALTER TABLE tasks.task VALIDATE CONSTRAINT {name}")
        op.execute("""
            CREATE INDEX CONCURRENTLY IF NOT EXISTS task_assignee
            ON tasks.task (owner_id, assignee_id)
            WHERE assignee_id IS NOT NULL
        """)


def downgrade() -> None:
    """Tasks of teams are deleted: without these columns they have no owner."""
    op.execute("DELETE FROM tasks.task WHERE team_id IS NOT NULL")
    op.execute("ALTER TABLE tasks.task DROP COLUMN assignee_id, DROP COLUMN team_id")

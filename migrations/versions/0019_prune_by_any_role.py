"""Every database prunes the audit trail alike, and any role may restore it

Release 0.2.0 declared `audit.prune` with a `SET` that only a superuser may declare; 0015 no longer
does.
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE OR REPLACE FUNCTION audit.prune(until bigint, at_once bigint) RETURNS bigint
        LANGUAGE plpgsql AS $$
        DECLARE
            pruned bigint;
        BEGIN
            PERFORM set_config('audit.pruning', 'on', true);
            WITH deleted AS (
                DELETE FROM audit.entry
                WHERE sequence IN (
                    SELECT sequence
                    FROM audit.entry
                    WHERE sequence <= until
                    ORDER BY sequence DESC
                    LIMIT at_once
                )
                RETURNING sequence
            )
            SELECT count(*) INTO pruned FROM deleted;
            PERFORM set_config('audit.pruning', 'off', true);
            RETURN pruned;
        END $$
    """)


def downgrade() -> None:
    """The function stays: 0015 makes the same one."""

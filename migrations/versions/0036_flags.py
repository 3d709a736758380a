"""Feature flags: what admins set, and the number of the last change"""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA flags")
    op.execute("""
        CREATE TABLE flags.flag (
            name text PRIMARY KEY,
            setting jsonb NOT NULL,
            version bigint NOT NULL,
            changed_at timestamptz NOT NULL DEFAULT now(),
            changed_by uuid
        )
    """)
    op.execute("""
        CREATE TABLE flags.revision (
            id boolean PRIMARY KEY CHECK (id),
            number bigint NOT NULL
        )
    """)


def downgrade() -> None:
    op.execute("DROP SCHEMA flags CASCADE")

"""The device that refreshed last may retry late; another one is a thief"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE auth.session
        ADD COLUMN rotated_by bytea,
        ADD COLUMN retried_at timestamptz
    """)


def downgrade() -> None:
    op.execute("ALTER TABLE auth.session DROP COLUMN rotated_by, DROP COLUMN retried_at")

"""The trace that an event belongs to"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE events.event ADD COLUMN trace jsonb")


def downgrade() -> None:
    op.execute("ALTER TABLE events.event DROP COLUMN trace")

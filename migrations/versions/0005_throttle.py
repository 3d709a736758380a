"""Failed sign-ins, counted"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE auth.throttle (
            key bytea PRIMARY KEY,
            attempts integer NOT NULL,
            resets_at timestamptz NOT NULL
        )
    """)
    op.execute("CREATE INDEX throttle_resets ON auth.throttle (resets_at)")


def downgrade() -> None:
    op.execute("DROP TABLE auth.throttle")

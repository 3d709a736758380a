"""Revoked sessions, for as long as their access tokens would live"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE auth.revocation (
            session_id uuid PRIMARY KEY,
            created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            expires_at timestamptz NOT NULL
        )
    """)
    op.execute("CREATE INDEX revocation_created ON auth.revocation (created_at)")
    op.execute("CREATE INDEX revocation_expires ON auth.revocation (expires_at)")
    op.execute("""
        CREATE INDEX session_open ON auth.session (account_id, id DESC) WHERE ended_at IS NULL
    """)


def downgrade() -> None:
    op.execute("DROP INDEX auth.session_open")
    op.execute("DROP TABLE auth.revocation")

"""Authenticator apps and recovery codes, for signing in in two steps"""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE auth.totp (
            account_id uuid PRIMARY KEY REFERENCES auth.account ON DELETE CASCADE,
            sealed_secret bytea NOT NULL,
            used_step bigint NOT NULL DEFAULT 0,
            confirmed_at timestamptz
        )
    """)
    op.execute("""
        CREATE TABLE auth.recovery_code (
            account_id uuid REFERENCES auth.totp ON DELETE CASCADE,
            digest bytea,
            PRIMARY KEY (account_id, digest)
        )
    """)


def downgrade() -> None:
    op.execute("DROP TABLE auth.recovery_code")
    op.execute("DROP TABLE auth.totp")

"""Links in mails: to verify an email, to reset a password"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE auth.one_time_token (
            account_id uuid NOT NULL REFERENCES auth.account ON DELETE CASCADE,
            purpose text NOT NULL CHECK (purpose IN ('verify_email', 'reset_password')),
            digest bytea NOT NULL UNIQUE,
            expires_at timestamptz NOT NULL,
            PRIMARY KEY (account_id, purpose)
        )
    """)


def downgrade() -> None:
    op.execute("DROP TABLE auth.one_time_token")

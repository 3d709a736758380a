"""Passkeys: key pairs by which people sign in"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE auth.passkey (
            id uuid PRIMARY KEY,
            account_id uuid NOT NULL REFERENCES auth.account ON DELETE CASCADE,
            credential_id bytea NOT NULL UNIQUE,
            public_key bytea NOT NULL,
            sign_count bigint NOT NULL,
            transports text[] NOT NULL,
            name text NOT NULL,
            is_synced boolean NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            last_used_at timestamptz
        )
    """)
    op.execute("CREATE INDEX passkey_account ON auth.passkey (account_id)")


def downgrade() -> None:
    op.execute("DROP TABLE auth.passkey")

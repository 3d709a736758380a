"""API keys, and the key by which something was done"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE auth.api_key (
            id uuid PRIMARY KEY,
            account_id uuid NOT NULL REFERENCES auth.account ON DELETE CASCADE,
            name text NOT NULL,
            starts_with text NOT NULL,
            digest bytea NOT NULL UNIQUE,
            scopes text[] NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL,
            last_used_at timestamptz
        )
    """)
    op.execute("CREATE INDEX api_key_account ON auth.api_key (account_id, id DESC)")
    op.execute("CREATE INDEX api_key_expires ON auth.api_key (expires_at)")
    op.execute("ALTER TABLE events.event ADD COLUMN api_key_id uuid")
    op.execute("ALTER TABLE audit.entry ADD COLUMN api_key_id uuid")


def downgrade() -> None:
    op.execute("ALTER TABLE audit.entry DROP COLUMN api_key_id")
    op.execute("ALTER TABLE events.event DROP COLUMN api_key_id")
    op.execute("DROP TABLE auth.api_key")

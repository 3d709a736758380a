"""When a session last proved who holds it, and challenges that are answered once"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE auth.session ADD COLUMN proved_at timestamptz")
    # in a statement of its own: existing rows stay as they are
    op.execute("ALTER TABLE auth.session ALTER COLUMN proved_at SET DEFAULT now()")
    op.execute("""
        CREATE TABLE auth.challenge (
            digest bytea PRIMARY KEY,
            purpose text NOT NULL,
            account_id uuid REFERENCES auth.account ON DELETE CASCADE,
            expires_at timestamptz NOT NULL
        )
    """)
    op.execute("CREATE INDEX challenge_account ON auth.challenge (account_id)")
    op.execute("CREATE INDEX challenge_expiry ON auth.challenge (expires_at)")


def downgrade() -> None:
    op.execute("DROP TABLE auth.challenge")
    op.execute("ALTER TABLE auth.session DROP COLUMN proved_at")

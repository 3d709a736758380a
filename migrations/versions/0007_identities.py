"""Who somebody is at other issuers; an account may have no password"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE auth.account ALTER COLUMN password_hash DROP NOT NULL")
    op.execute("CREATE SCHEMA identities")
    op.execute("""
        CREATE TABLE identities.identity (
            id uuid PRIMARY KEY,
            issuer text NOT NULL CHECK (char_length(issuer) <= 255),
            subject text NOT NULL CHECK (char_length(subject) <= 255),
            account_id uuid,
            session_id uuid,
            is_proven boolean NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            released_at timestamptz,
            UNIQUE (issuer, subject),
            CHECK ((account_id IS NULL) = (released_at IS NOT NULL))
        )
    """)
    op.execute("CREATE INDEX identity_account ON identities.identity (account_id)")


def downgrade() -> None:
    op.execute("DROP SCHEMA identities CASCADE")
    # no hash at all, so no password matches it
    op.execute("UPDATE auth.account SET password_hash = '!' WHERE password_hash IS NULL")
    op.execute("ALTER TABLE auth.account ALTER COLUMN password_hash SET NOT NULL")

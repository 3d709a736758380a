"""Accounts and sessions"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA auth")
    op.execute("""
        CREATE TABLE auth.account (
            id uuid PRIMARY KEY,
            email citext NOT NULL UNIQUE CHECK (char_length(email) <= 254),
            password_hash text NOT NULL,
            role text NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'admin')),
            is_active boolean NOT NULL DEFAULT true,
            email_verified_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("""
        CREATE TABLE auth.session (
            id uuid PRIMARY KEY,
            account_id uuid NOT NULL REFERENCES auth.account ON DELETE CASCADE,
            salt bytea NOT NULL,
            generation integer NOT NULL DEFAULT 0,
            user_agent text,
            ip text,
            created_at timestamptz NOT NULL DEFAULT now(),
            rotated_at timestamptz NOT NULL DEFAULT now(),
            ended_at timestamptz
        )
    """)
    op.execute("CREATE INDEX session_of_account ON auth.session (account_id)")


def downgrade() -> None:
    op.execute("DROP SCHEMA auth CASCADE")

"""Profiles"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA users")
    op.execute("""
        CREATE TABLE users.profile (
            id uuid PRIMARY KEY,
            email text NOT NULL,
            username text CHECK (char_length(username) BETWEEN 3 AND 32),
            full_name text NOT NULL CHECK (char_length(full_name) BETWEEN 1 AND 100),
            role text NOT NULL CHECK (role IN ('user', 'admin')),
            is_active boolean NOT NULL DEFAULT true,
            version integer NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("CREATE UNIQUE INDEX profile_username ON users.profile (lower(username))")


def downgrade() -> None:
    op.execute("DROP SCHEMA users CASCADE")

"""Invitations to teams"""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE teams.invitation (
            id uuid PRIMARY KEY,
            team_id uuid NOT NULL REFERENCES teams.team ON DELETE CASCADE,
            email text NOT NULL,
            email_identity text NOT NULL,
            role text NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
            digest bytea UNIQUE,
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL,
            UNIQUE (team_id, email_identity)
        )
    """)
    op.execute("CREATE INDEX invitation_newest ON teams.invitation (team_id, id)")
    op.execute("CREATE INDEX invitation_expiry ON teams.invitation (expires_at)")


def downgrade() -> None:
    op.execute("DROP TABLE teams.invitation")

"""Teams and their members"""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA teams")
    op.execute("""
        CREATE TABLE teams.team (
            id uuid PRIMARY KEY,
            name text NOT NULL,
            slug text NOT NULL UNIQUE,
            version integer NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("""
        CREATE TABLE teams.membership (
            team_id uuid REFERENCES teams.team ON DELETE CASCADE,
            user_id uuid,
            role text NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
            joined_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (team_id, user_id)
        )
    """)
    op.execute("CREATE INDEX membership_user ON teams.membership (user_id, team_id)")
    op.execute("""
        CREATE INDEX membership_joined ON teams.membership (team_id, joined_at, user_id)
    """)


def downgrade() -> None:
    op.execute("DROP SCHEMA teams CASCADE")

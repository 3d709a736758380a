"""Sign-in with other providers: what an identity shows its owner, and the flows that are used up"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE identities.identity
        ADD COLUMN email text,
        ADD COLUMN used_at timestamptz,
        ADD COLUMN unlinked_from uuid
    """)
    op.execute("""
        CREATE TABLE identities.used_flow (
            digest bytea PRIMARY KEY,
            expires_at timestamptz NOT NULL
        )
    """)
    op.execute("CREATE INDEX used_flow_expires ON identities.used_flow (expires_at)")


def downgrade() -> None:
    op.execute("DROP TABLE identities.used_flow")
    op.execute("""
        ALTER TABLE identities.identity
        DROP COLUMN email,
        DROP COLUMN used_at,
        DROP COLUMN unlinked_from
    """)

"""Everything that is held about a user, made on demand and kept for a day"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA exports")
    op.execute("""
        CREATE TABLE exports.export (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL,
            state text NOT NULL DEFAULT 'queued'
                CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
            attempts integer NOT NULL DEFAULT 0,
            size bigint CHECK ((size IS NOT NULL) = (state = 'done')),
            error text,
            created_at timestamptz NOT NULL DEFAULT now(),
            started_at timestamptz,
            ended_at timestamptz CHECK ((ended_at IS NULL) = (state IN ('queued', 'running'))),
            expires_at timestamptz CHECK ((expires_at IS NULL) = (ended_at IS NULL))
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX export_active ON exports.export (user_id)
        WHERE state IN ('queued', 'running')
    """)
    op.execute("CREATE INDEX export_user ON exports.export (user_id, created_at DESC, id DESC)")
    op.execute("CREATE INDEX export_expiry ON exports.export (expires_at)")
    # no foreign key: inserting pieces would lock the export, and with it the deletion of its user
    op.execute("""
        CREATE TABLE exports.piece (
            export_id uuid NOT NULL,
            number integer NOT NULL,
            content bytea NOT NULL,
            PRIMARY KEY (export_id, number)
        )
    """)
    # compressed already
    op.execute("ALTER TABLE exports.piece ALTER COLUMN content SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.execute("DROP SCHEMA exports CASCADE")

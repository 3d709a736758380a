"""What changed in a day, and for whom, so that a browser can go on where it stopped"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # the row holds its transaction: a reader's snapshot shows which ones it has seen
    op.execute("""
        CREATE TABLE events.change (
            id bigint GENERATED ALWAYS AS IDENTITY,
            xid bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
            name text NOT NULL,
            audience_id uuid NOT NULL,
            subject_id uuid NOT NULL,
            subject_version integer,
            at timestamptz NOT NULL,
            PRIMARY KEY (xid, id)
        )
    """)
    op.execute("CREATE INDEX change_audience ON events.change (audience_id, xid)")
    op.execute("""
        CREATE TABLE events.follower (
            process_id uuid PRIMARY KEY,
            until timestamptz NOT NULL
        )
    """)


def downgrade() -> None:
    op.execute("DROP TABLE events.change")
    op.execute("DROP TABLE events.follower")

"""Where accounts are used from, as digests, so that a mail reports a new place"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE auth.sign_in_place (
            account_id uuid NOT NULL REFERENCES auth.account ON DELETE CASCADE,
            place bytea NOT NULL,
            seen_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (account_id, place)
        )
    """)
    op.execute("""
        CREATE INDEX sign_in_place_seen ON auth.sign_in_place (seen_at) WHERE place <> ''
    """)


def downgrade() -> None:
    op.execute("DROP TABLE auth.sign_in_place")

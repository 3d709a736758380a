"""Answers that are given again for the same Idempotency-Key"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA idempotency")
    op.execute("""
        CREATE TABLE idempotency.answer (
            user_id uuid NOT NULL,
            route text NOT NULL,
            key text NOT NULL CHECK (char_length(key) BETWEEN 1 AND 255),
            request_hash bytea NOT NULL,
            status smallint NOT NULL CHECK (status BETWEEN 200 AND 299),
            headers jsonb NOT NULL,
            body bytea NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (user_id, route, key)
        )
    """)
    op.execute("CREATE INDEX answer_created ON idempotency.answer (created_at)")


def downgrade() -> None:
    op.execute("DROP SCHEMA idempotency CASCADE")

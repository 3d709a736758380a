"""Webhooks: the addresses, the messages for them, and how they answer

ADR 64.
"""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA webhooks")
    op.execute("""
        CREATE TABLE webhooks.webhook (
            id uuid PRIMARY KEY,
            owner_id uuid NOT NULL,
            url text NOT NULL,
            events text[] NOT NULL,
            ordered boolean NOT NULL,
            enabled boolean NOT NULL DEFAULT true,
            secret bytea NOT NULL,
            old_secret bytea,
            old_secret_until timestamptz,
            failing_since timestamptz,
            failures integer NOT NULL DEFAULT 0,
            resting_until timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            version integer NOT NULL DEFAULT 1
        )
    """)
    op.execute("CREATE INDEX webhook_owner ON webhooks.webhook (owner_id)")
    op.execute("""
        CREATE INDEX webhook_old_secret ON webhooks.webhook (old_secret_until)
        WHERE old_secret_until IS NOT NULL
    """)
    # A message that has ended, well or not, has no `due_at`.
    op.execute("""
        CREATE TABLE webhooks.message (
            id uuid PRIMARY KEY,
            webhook_id uuid NOT NULL REFERENCES webhooks.webhook ON DELETE CASCADE,
            event text NOT NULL,
            event_id uuid NOT NULL,
            subject_id uuid NOT NULL,
            body text NOT NULL,
            attempts integer NOT NULL DEFAULT 0,
            due_at timestamptz DEFAULT now(),
            created_at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("CREATE INDEX message_webhook ON webhooks.message (webhook_id, id)")
    op.execute("""
        CREATE INDEX message_due ON webhooks.message (webhook_id, due_at)
        WHERE due_at IS NOT NULL
    """)
    op.execute("""
        CREATE INDEX message_subject ON webhooks.message (webhook_id, subject_id, event_id)
        WHERE due_at IS NOT NULL
    """)
    op.execute("CREATE INDEX message_age ON webhooks.message (created_at) WHERE due_at IS NULL")
    op.execute("""
        CREATE TABLE webhooks.attempt (
            id uuid PRIMARY KEY,
            webhook_id uuid NOT NULL REFERENCES webhooks.webhook ON DELETE CASCADE,
            message_id uuid NOT NULL,
            event text NOT NULL,
            status integer,
            milliseconds integer NOT NULL,
            error text,
            answer text,
            made_at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("CREATE INDEX attempt_webhook ON webhooks.attempt (webhook_id, id)")
    op.execute("CREATE INDEX attempt_age ON webhooks.attempt (made_at)")


def downgrade() -> None:
    op.execute("DROP SCHEMA webhooks CASCADE")

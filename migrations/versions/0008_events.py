"""The outbox of durable events"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA events")
    op.execute("""
        CREATE TABLE events.event (
            id uuid PRIMARY KEY,
            name text NOT NULL,
            version integer NOT NULL,
            payload jsonb NOT NULL,
            occurred_at timestamptz NOT NULL,
            actor_id uuid,
            request_id text,
            client_ip text
        )
    """)
    # each row is updated twice, then never read: vacuum often, or polls read many dead rows
    op.execute("""
        CREATE TABLE events.delivery (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            event_id uuid NOT NULL REFERENCES events.event ON DELETE CASCADE,
            handler text NOT NULL,
            key text,
            state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'dead')),
            attempts integer NOT NULL DEFAULT 0,
            due_at timestamptz NOT NULL DEFAULT now(),
            claim uuid,
            finished_at timestamptz CHECK ((finished_at IS NULL) = (state = 'pending')),
            last_error text,
            UNIQUE (event_id, handler)
        )
        WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000)
    """)
    op.execute("""
        CREATE INDEX delivery_due ON events.delivery (handler, due_at, id)
        WHERE state = 'pending'
    """)
    op.execute("""
        CREATE INDEX delivery_order ON events.delivery (handler, key, id)
        WHERE state = 'pending' AND key IS NOT NULL
    """)
    op.execute("""
        CREATE INDEX delivery_claimed ON events.delivery (due_at, id)
        WHERE state = 'pending' AND claim IS NOT NULL
    """)
    op.execute("CREATE INDEX delivery_dead ON events.delivery (id) WHERE state = 'dead'")
    op.execute("CREATE INDEX delivery_done ON events.delivery (finished_at) WHERE state = 'done'")
    op.execute("CREATE INDEX session_created ON auth.session (created_at)")


def downgrade() -> None:
    op.execute("DROP INDEX auth.session_created")
    op.execute("DROP SCHEMA events CASCADE")

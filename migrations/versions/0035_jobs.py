"""Jobs: work in the background that is claimed, extended while it runs, and tried again

ADR 61.
"""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA jobs")
    # While a job runs, `due_at` is when its lease ends.
    op.execute("""
        CREATE TABLE jobs.job (
            id uuid PRIMARY KEY,
            kind text NOT NULL,
            payload jsonb NOT NULL,
            owner_id uuid,
            key text,
            priority smallint NOT NULL CHECK (priority BETWEEN 0 AND 2),
            state text NOT NULL DEFAULT 'queued'
                CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
            due_at timestamptz NOT NULL,
            attempts integer NOT NULL DEFAULT 0,
            claim uuid CHECK ((claim IS NOT NULL) = (state = 'running')),
            cancel_asked_at timestamptz,
            progress double precision CHECK (progress BETWEEN 0 AND 1),
            note text,
            result jsonb,
            error text,
            last_error text,
            created_at timestamptz NOT NULL DEFAULT now(),
            started_at timestamptz,
            ended_at timestamptz CHECK ((ended_at IS NULL) = (state IN ('queued', 'running'))),
            expires_at timestamptz,
            request_id text,
            client_ip text,
            actor_id uuid,
            api_key_id uuid,
            trace jsonb
        )
        WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000)
    """)
    op.execute("""
        CREATE INDEX job_queued ON jobs.job (kind, priority, due_at, id) WHERE state = 'queued'
    """)
    op.execute("CREATE INDEX job_running ON jobs.job (kind, due_at) WHERE state = 'running'")
    op.execute("""
        CREATE INDEX job_active ON jobs.job (due_at) WHERE state IN ('queued', 'running')
    """)
    op.execute("""
        CREATE UNIQUE INDEX job_key ON jobs.job (kind, key)
        WHERE key IS NOT NULL AND state IN ('queued', 'running')
    """)
    op.execute("CREATE INDEX job_owner ON jobs.job (owner_id, id) WHERE owner_id IS NOT NULL")
    op.execute("CREATE INDEX job_expiry ON jobs.job (expires_at) WHERE expires_at IS NOT NULL")
    op.execute("""
        CREATE INDEX job_dead ON jobs.job (id) WHERE state = 'failed' AND expires_at IS NULL
    """)
    op.execute("""
        CREATE TABLE jobs.schedule (
            name text PRIMARY KEY,
            last_tick timestamptz NOT NULL
        )
    """)


def downgrade() -> None:
    op.execute("DROP SCHEMA jobs CASCADE")

"""The audit trail"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA audit")
    op.execute("""
        CREATE TABLE audit.head (
            is_the_only_one boolean PRIMARY KEY DEFAULT true CHECK (is_the_only_one),
            sequence bigint NOT NULL DEFAULT 0,
            hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex')
        )
    """)
    op.execute("INSERT INTO audit.head DEFAULT VALUES")
    # `json`, not `jsonb`: the text is kept as it was hashed
    op.execute("""
        CREATE TABLE audit.entry (
            sequence bigint PRIMARY KEY,
            event_id uuid NOT NULL UNIQUE,
            event_name text NOT NULL,
            event_version integer NOT NULL,
            occurred_at timestamptz NOT NULL,
            actor_id uuid,
            subject_id text,
            request_id text,
            client_ip text,
            data json NOT NULL,
            hash bytea NOT NULL
        )
    """)
    op.execute("CREATE INDEX entry_time ON audit.entry (occurred_at, sequence)")
    op.execute("CREATE INDEX entry_name ON audit.entry (event_name, occurred_at, sequence)")
    for column in ("actor", "subject", "request"):
        op.execute(f"""
            CREATE INDEX entry_{column} ON audit.entry ({column}_id, occurred_at, sequence)
            WHERE {column}_id IS NOT NULL
        """)
    op.execute("""
        CREATE FUNCTION audit.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the audit trail is append-only'
                USING ERRCODE = 'insufficient_privilege';
        END $$
    """)
    # ALWAYS: also where `session_replication_role` turns ordinary triggers off
    op.execute("""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.entry
        EXECUTE FUNCTION audit.refuse()
    """)
    op.execute("ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER append_only")
    op.execute("""
        CREATE TRIGGER stays BEFORE DELETE OR TRUNCATE ON audit.head
        EXECUTE FUNCTION audit.refuse()
    """)
    op.execute("ALTER TABLE audit.head ENABLE ALWAYS TRIGGER stays")


def downgrade() -> None:
    op.execute("DROP SCHEMA audit CASCADE")

"""Addresses beside the audit trail, whose chain holds digests of them: they can be dropped"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # NULL in an entry of an earlier release, whose address was hashed itself
    op.execute("ALTER TABLE audit.entry ADD COLUMN address_digest bytea")
    op.execute("""
        CREATE TABLE audit.address (
            sequence bigint PRIMARY KEY,
            client_ip text NOT NULL,
            salt bytea NOT NULL
        )
    """)
    op.execute("""
        CREATE TRIGGER stays BEFORE UPDATE OR TRUNCATE ON audit.address
        EXECUTE FUNCTION audit.refuse()
    """)
    op.execute("ALTER TABLE audit.address ENABLE ALWAYS TRIGGER stays")
    op.execute("""
        CREATE FUNCTION audit.refuse_unexpired() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF OLD.sequence > (SELECT coalesce(max(last_sequence), 0) FROM audit.seal)
                AND OLD.sequence > coalesce(
                    (
                        SELECT (data ->> 'address_id')::bigint
                        FROM audit.entry
                        WHERE event_name = 'address.expired'
                        ORDER BY occurred_at DESC, sequence DESC
                        LIMIT 1
                    ),
                    0
                )
            THEN
                RAISE EXCEPTION 'the address has not expired by the audit trail'
                    USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN OLD;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER expired BEFORE DELETE ON audit.address
        FOR EACH ROW EXECUTE FUNCTION audit.refuse_unexpired()
    """)
    op.execute("ALTER TABLE audit.address ENABLE ALWAYS TRIGGER expired")


def downgrade() -> None:
    """Refused where entries hold a digest: the release before cannot verify them."""
    op.execute("""
        DO $$ BEGIN
            IF EXISTS (SELECT FROM audit.entry WHERE address_digest IS NOT NULL) THEN
                RAISE EXCEPTION 'the audit trail holds digests of addresses: they must stay';
            END IF;
        END $$
    """)
    op.execute("DROP TABLE audit.address")
    op.execute("DROP FUNCTION audit.refuse_unexpired")
    op.execute("ALTER TABLE audit.entry DROP COLUMN address_digest")

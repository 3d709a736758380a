"""Seals of the audit trail: its old entries may leave for an archive"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE audit.seal (
            first_sequence bigint NOT NULL,
            last_sequence bigint PRIMARY KEY CHECK (last_sequence >= first_sequence),
            hash_before bytea NOT NULL,
            hash bytea NOT NULL,
            digest bytea NOT NULL,
            sealed_at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("""
        CREATE FUNCTION audit.refuse_gap() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            last_seal audit.seal;
        BEGIN
            SELECT * INTO last_seal FROM audit.seal ORDER BY last_sequence DESC LIMIT 1;
            IF NEW.first_sequence <> coalesce(last_seal.last_sequence, 0) + 1
                OR NEW.hash_before <> coalesce(last_seal.hash, decode(repeat('00', 32), 'hex'))
                OR NOT EXISTS (
                    SELECT FROM audit.entry WHERE sequence = NEW.last_sequence AND hash = NEW.hash
                )
            THEN
                RAISE EXCEPTION 'a seal ends with an entry and follows the seal before it'
                    USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER follows BEFORE INSERT ON audit.seal
        FOR EACH ROW EXECUTE FUNCTION audit.refuse_gap()
    """)
    op.execute("ALTER TABLE audit.seal ENABLE ALWAYS TRIGGER follows")
    op.execute("""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.seal
        EXECUTE FUNCTION audit.refuse()
    """)
    op.execute("ALTER TABLE audit.seal ENABLE ALWAYS TRIGGER append_only")
    # only `prune` is meant to set `audit.pruning`; with it, only sealed entries can be deleted
    op.execute("DROP TRIGGER append_only ON audit.entry")
    op.execute("""
        CREATE FUNCTION audit.refuse_unless_pruning() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP <> 'DELETE'
                OR current_setting('audit.pruning', true) IS DISTINCT FROM 'on'
            THEN
                RAISE EXCEPTION 'the audit trail is append-only'
                    USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.entry
        EXECUTE FUNCTION audit.refuse_unless_pruning()
    """)
    op.execute("ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER append_only")
    op.execute("""
        CREATE FUNCTION audit.refuse_unsealed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF OLD.sequence > (SELECT coalesce(max(last_sequence), 0) FROM audit.seal) THEN
                RAISE EXCEPTION 'the audit trail is append-only'
                    USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN OLD;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER sealed BEFORE DELETE ON audit.entry
        FOR EACH ROW WHEN (current_setting('audit.pruning', true) = 'on')
        EXECUTE FUNCTION audit.refuse_unsealed()
    """)
    op.execute("ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER sealed")
    # not as a SET of the function, which only a superuser may declare
    op.execute("""
        CREATE FUNCTION audit.prune(until bigint, at_once bigint) RETURNS bigint
        LANGUAGE plpgsql AS $$
        DECLARE
            pruned bigint;
        BEGIN
            PERFORM set_config('audit.pruning', 'on', true);
            WITH deleted AS (
                DELETE FROM audit.entry
                WHERE sequence IN (
                    SELECT sequence
                    FROM audit.entry
                    WHERE sequence <= until
                    ORDER BY sequence DESC
                    LIMIT at_once
                )
                RETURNING sequence
            )
            SELECT count(*) INTO pruned FROM deleted;
            PERFORM set_config('audit.pruning', 'off', true);
            RETURN pruned;
        END $$
    """)


def downgrade() -> None:
    """Refused where entries have left: without their seal the trail could not be verified."""
    op.execute("""
        DO $$ BEGIN
            IF EXISTS (SELECT FROM audit.seal) THEN
                RAISE EXCEPTION 'the audit trail has archives: its seals must stay';
            END IF;
        END $$
    """)
    op.execute("DROP FUNCTION audit.prune")
    op.execute("DROP TRIGGER sealed ON audit.entry")
    op.execute("DROP TRIGGER append_only ON audit.entry")
    op.execute("""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.entry
        EXECUTE FUNCTION audit.refuse()
    """)
    op.execute("ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER append_only")
    op.execute("DROP TABLE audit.seal")
    for function in ("refuse_gap", "refuse_unless_pruning", "refuse_unsealed"):
        op.execute(f"DROP FUNCTION audit.{function}")

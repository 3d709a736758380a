"""Changes of email: they wait for the new mailbox, and can be taken back for some days"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

UPPER, LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"


def upgrade() -> None:
    op.execute(f"""
        CREATE TABLE auth.email_change (
            id uuid PRIMARY KEY,
            account_id uuid NOT NULL REFERENCES auth.account ON DELETE CASCADE,
            session_id uuid NOT NULL,
            email text NOT NULL CHECK (char_length(email) <= 254),
            requested_at timestamptz NOT NULL DEFAULT now(),
            confirm_digest bytea UNIQUE,
            cancel_digest bytea UNIQUE,
            confirmed_at timestamptz,
            old_email text,
            old_identity text COLLATE "C"
                GENERATED ALWAYS AS (translate(old_email, '{UPPER}', '{LOWER}')) STORED,
            CHECK ((confirmed_at IS NULL) = (old_email IS NULL))
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX email_change_pending ON auth.email_change (account_id)
        WHERE confirmed_at IS NULL
    """)
    op.execute("CREATE INDEX email_change_account ON auth.email_change (account_id)")
    # the earlier address stays reserved as long as the change can be taken back
    op.execute("""
        CREATE INDEX email_change_old ON auth.email_change (old_identity)
        WHERE old_identity IS NOT NULL
    """)
    op.execute("CREATE INDEX email_change_requested ON auth.email_change (requested_at)")


def downgrade() -> None:
    op.execute("DROP TABLE auth.email_change")

"""One identity of an email and of a username, whatever the locale of the database"""

import sqlalchemy
from alembic import op

from migrations.runner import MigrationRefused

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

UPPER, LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
EMAIL = f"translate(email::text, '{UPPER}', '{LOWER}')"
USERNAME = 'lower(username COLLATE "C")'


def upgrade() -> None:
    refuse_collisions("auth.account", EMAIL, "emails")
    refuse_collisions("users.profile", USERNAME, "usernames")
    # citext and its index stay for the release that is replaced, which serves meanwhile
    op.execute(f"""
        ALTER TABLE auth.account
        ADD COLUMN email_identity text COLLATE "C" NOT NULL GENERATED ALWAYS AS ({EMAIL}) STORED
    """)
    # who verified before this is not known to be who set the password
    op.execute("""
        ALTER TABLE auth.account ADD COLUMN email_verified_by_holder boolean NOT NULL DEFAULT false
    """)
    op.execute("CREATE UNIQUE INDEX account_email_identity ON auth.account (email_identity)")
    op.execute(f"CREATE UNIQUE INDEX profile_username_identity ON users.profile (({USERNAME}))")


def downgrade() -> None:
    op.execute("DROP INDEX users.profile_username_identity")
    op.execute("ALTER TABLE auth.account DROP COLUMN email_verified_by_holder")
    op.execute("ALTER TABLE auth.account DROP COLUMN email_identity")


def refuse_collisions(table: str, identity: str, what: str) -> None:
    """In a database whose locale folds letters in its own way, two may have become one."""
    find = f"SELECT {identity} FROM {table} GROUP BY 1 HAVING count(*) > 1"  # noqa: S608 - ours
    count = len(op.get_bind().execute(sqlalchemy.text(find)).all())
    if count:
        raise MigrationRefused(
            f"{count} {what} differ only in the case of their letters: change or delete all but one"
            f" of each, which this finds: {find};"
        )

"""One identity of an email and of a username, whatever the locale of the database"""

import sqlalchemy
from alembic import op

from migrations.refusals import MigrationRefused

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

UPPER, LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
EMAIL = f"translate(email::text, '{UPPER}', '{LOWER}')"
USERNAME = 'lower(username COLLATE "C")'
FOLDED = "users.folded({})"
LOWER_CASE = "lower({})"


def upgrade() -> None:
    refuse_collisions("auth.account", EMAIL, "emails")
    refuse_collisions("users.profile", USERNAME, "usernames")
    op.execute(f"""
        ALTER TABLE auth.account
        ADD COLUMN email_identity text COLLATE "C" NOT NULL GENERATED ALWAYS AS ({EMAIL}) STORED
    """)
    # the user who verified an email before this may not have set the password
    op.execute("""
        ALTER TABLE auth.account ADD COLUMN email_verified_by_holder boolean NOT NULL DEFAULT false
    """)
    op.execute("CREATE UNIQUE INDEX account_email_identity ON auth.account (email_identity)")
    op.execute(f"CREATE UNIQUE INDEX profile_username_identity ON users.profile (({USERNAME}))")
    # citext equates different mailboxes (`İvan@` and `ivan@`), so it no longer decides. These two
    # serve the release that is replaced: its look-ups, and its ON CONFLICT (email).
    op.execute("ALTER TABLE auth.account DROP CONSTRAINT account_email_key")
    op.execute("CREATE INDEX account_email ON auth.account (email)")
    op.execute("""
        CREATE UNIQUE INDEX account_email_as_typed ON auth.account (email COLLATE "C" text_ops)
    """)
    # ASCII letters first: in a Turkish database, `lower` makes another letter of an I
    op.execute("""
        CREATE FUNCTION users.folded(value text) RETURNS text
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN lower(lower(value COLLATE "C") COLLATE "default")
    """)
    search_and_sort_by(FOLDED)


def downgrade() -> None:
    refuse_collisions("auth.account", "email", "emails")
    op.execute("DROP INDEX users.profile_username_identity")
    op.execute("ALTER TABLE auth.account DROP COLUMN email_verified_by_holder")
    op.execute("ALTER TABLE auth.account DROP COLUMN email_identity")
    op.execute("DROP INDEX auth.account_email_as_typed")
    op.execute("DROP INDEX auth.account_email")
    op.execute("ALTER TABLE auth.account ADD CONSTRAINT account_email_key UNIQUE (email)")
    search_and_sort_by(LOWER_CASE)
    op.execute("DROP FUNCTION users.folded")


def search_and_sort_by(fold: str) -> None:
    """Rebuild what admins search and sort users by: an expression cannot be changed in place."""
    op.execute("ALTER TABLE users.profile DROP COLUMN search")
    text = "coalesce(username, '') || E'\\n' || email || E'\\n' || full_name"
    op.execute(f"""
        ALTER TABLE users.profile
        ADD COLUMN search text NOT NULL GENERATED ALWAYS AS ({fold.format(text)}) STORED
    """)
    op.execute("""
        CREATE INDEX profile_search ON users.profile USING gin (
            (users.runs(search, 1) || users.runs(search, 2) || users.runs(search, 3))
        )
        WITH (gin_pending_list_limit = 256)
    """)
    op.execute("ALTER INDEX users.profile_search ALTER COLUMN 1 SET STATISTICS 0")
    username = fold.format("username")
    for name, key in {
        "email": f'{fold.format("email")} COLLATE "C"',
        "full_name": f'{fold.format("full_name")} COLLATE "C"',
        "username_nulls_high": f"coalesce({username}, '~') COLLATE \"C\"",
        "username_nulls_low": f"coalesce({username}, '') COLLATE \"C\"",
    }.items():
        op.execute(f"DROP INDEX users.profile_by_{name}")
        op.execute(
            f"CREATE INDEX profile_by_{name} ON users.profile (role, is_active, ({key}), id)"
        )


def refuse_collisions(table: str, identity: str, what: str) -> None:
    """In a database whose locale folds letters in its own way, two may have become one."""
    if op.get_context().as_sql:  # no database to look into
        return
    find = (
        f"SELECT {identity} FROM {table} WHERE {identity} IS NOT NULL"  # noqa: S608 - ours
        " GROUP BY 1 HAVING count(*) > 1"
    )
    count = len(op.get_bind().execute(sqlalchemy.text(find)).all())
    if count:
        raise MigrationRefused(
            f"{count} {what} differ only in the case of their letters: change or delete all but one"
            f" of each, which this finds: {find};"
        )

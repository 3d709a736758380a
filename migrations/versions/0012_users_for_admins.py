"""Users for admins: every list in order, every substring found"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX account_admin ON auth.account (id) WHERE role = 'admin'")
    op.execute("""
        CREATE FUNCTION users.runs(value text, size integer) RETURNS text[]
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN ARRAY(
            SELECT substr(value, first, size)
            FROM generate_series(1, char_length(value) - size + 1) AS first
        )
    """)
    # a search holds no line feed, so it matches in one of the three
    op.execute("""
        ALTER TABLE users.profile
        ADD COLUMN search text NOT NULL GENERATED ALWAYS AS (
            lower(coalesce(username, '') || E'\\n' || email || E'\\n' || full_name)
        ) STORED
    """)
    # the pending list of an index is read by every search: it is kept short
    op.execute("""
        CREATE INDEX profile_search ON users.profile USING gin (
            (users.runs(search, 1) || users.runs(search, 2) || users.runs(search, 3))
        )
        WITH (gin_pending_list_limit = 256)
    """)
    # the planner does not need these statistics, and they would cost seconds each time
    op.execute("ALTER INDEX users.profile_search ALTER COLUMN 1 SET STATISTICS 0")
    for name, key in {
        "created_at": "created_at",
        "email": 'lower(email) COLLATE "C"',
        "full_name": 'lower(full_name) COLLATE "C"',
        "username_nulls_high": "coalesce(lower(username), '~') COLLATE \"C\"",
        "username_nulls_low": "coalesce(lower(username), '') COLLATE \"C\"",
    }.items():
        op.execute(
            f"CREATE INDEX profile_by_{name} ON users.profile (role, is_active, ({key}), id)"
        )


def downgrade() -> None:
    for name in ("created_at", "email", "full_name", "username_nulls_high", "username_nulls_low"):
        op.execute(f"DROP INDEX users.profile_by_{name}")
    op.execute("ALTER TABLE users.profile DROP COLUMN search")
    op.execute("DROP FUNCTION users.runs")
    op.execute("DROP INDEX auth.account_admin")

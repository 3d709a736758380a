"""Users are found with or without the accents of their names"""

from alembic import op

from migrations.accents import without_accents

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # not STRICT, or it is not inlined; lower-case once more for a locale that knows ASCII only
    op.execute(f"""
        CREATE OR REPLACE FUNCTION users.bare(folded text) RETURNS text
        LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN CASE
            WHEN octet_length(folded) = char_length(folded) THEN folded
            ELSE lower({without_accents("folded")} COLLATE "C")
        END
    """)
    # the previous release still finds what it found, because it compares the texts as well
    op.execute("""
        CREATE OR REPLACE FUNCTION users.runs(value text, size integer) RETURNS text[]
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN ARRAY(
            SELECT substr(text, first, size)
            FROM (SELECT users.bare(value) AS text OFFSET 0) AS bare,
                generate_series(1, char_length(text) - size + 1) AS first
        )
    """)
    _index_anew()


def downgrade() -> None:
    op.execute("""
        CREATE OR REPLACE FUNCTION users.runs(value text, size integer) RETURNS text[]
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN ARRAY(
            SELECT substr(value, first, size)
            FROM generate_series(1, char_length(value) - size + 1) AS first
        )
    """)
    op.execute("DROP FUNCTION IF EXISTS users.bare")
    _index_anew()


def _index_anew() -> None:
    """Until then a name with accents is not found by a search that uses the index."""
    with op.get_context().autocommit_block():
        op.execute("REINDEX INDEX CONCURRENTLY users.profile_search")

"""Tasks are found by words and filters, in every order, and leave the trash in time"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# Ascending and descending put what has no due time last: one expression, and one index, for each.
_ORDERS = {
    "task_updated": "updated_at",
    "task_due": "coalesce(due_at, 'infinity'::timestamptz)",
    "task_due_last": "coalesce(due_at, '-infinity'::timestamptz)",
    "task_priority": ("array_position('{none,low,medium,high,urgent}'::text[], priority)"),
    "task_title": 'lower(title) COLLATE "C"',
    "task_position": "position",
}


def upgrade() -> None:
    # ASCII punctuation is a space: else the parser makes one word of example.com or a/b, and the
    # beginning of its second part would not find it.
    op.execute("""
        CREATE FUNCTION tasks.words(content text) RETURNS text
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN regexp_replace(normalize(content, NFKC), '[!-/:-@[-`{-~]+', ' ', 'g')
    """)
    # The last word is a prefix. Null where there is no word at all.
    op.execute("""
        CREATE FUNCTION tasks.query(content text) RETURNS tsquery
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN (
            nullif(
                plainto_tsquery('pg_catalog.simple'::regconfig, tasks.words(content))::text, ''
            ) || ':*'
        )::tsquery
    """)
    op.execute("""
        ALTER TABLE tasks.task ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
            to_tsvector(
                'pg_catalog.simple'::regconfig,
                tasks.words(title || ' ' || coalesce(description, ''))
            )
        ) STORED
    """)
    op.execute("DROP INDEX tasks.task_position")
    for name, order in _ORDERS.items():
        op.execute(f"""
            CREATE INDEX {name} ON tasks.task (owner_id, ({order}), id) WHERE deleted_at IS NULL
        """)
    # A word's rows are searched at once, not in a pending list that grows between vacuums.
    op.execute("""
        CREATE INDEX task_found ON tasks.task USING gin (owner_id, status, priority, tags, search)
        WITH (fastupdate = off)
        WHERE deleted_at IS NULL
    """)
    op.execute("""
        CREATE INDEX task_trash ON tasks.task (owner_id, updated_at DESC, id DESC)
        WHERE deleted_at IS NOT NULL
    """)
    op.execute("""
        CREATE INDEX task_deleted ON tasks.task (deleted_at) WHERE deleted_at IS NOT NULL
    """)


def downgrade() -> None:
    for name in (*_ORDERS, "task_found", "task_trash", "task_deleted"):
        op.execute(f"DROP INDEX tasks.{name}")
    op.execute("CREATE INDEX task_position ON tasks.task (owner_id, position)")
    op.execute("ALTER TABLE tasks.task DROP COLUMN search")
    op.execute("DROP FUNCTION tasks.query")
    op.execute("DROP FUNCTION tasks.words")
    # btree_gin stays, as citext does: it may be an administrator's

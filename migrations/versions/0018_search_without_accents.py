"""Words are found with or without their accents"""

from alembic import op

from migrations.accents import without_accents

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def _words(text: str) -> str:
    return f"""
        CREATE OR REPLACE FUNCTION tasks.words(content text) RETURNS text
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN regexp_replace({text}, '[!-/:-@[-`{{-~]+', ' ', 'g')
    """


def upgrade() -> None:
    op.execute(_words(without_accents("content")))
    _index_anew()


def downgrade() -> None:
    op.execute(_words("normalize(content, NFKC)"))
    _index_anew()


def _index_anew() -> None:
    """Setting the title computes the column ``search``; words in ASCII stay the same."""
    op.execute("""
        UPDATE tasks.task
        SET title = title
        WHERE octet_length(title) > char_length(title)
            OR octet_length(description) > char_length(description)
    """)

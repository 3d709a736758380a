"""Words are found with or without their accents"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_LETTERS = "translate({}, 'ØøŁłĐđĦħıŦŧ', 'OoLlDdHhiTt')"
"""Letters with a stroke, which Unicode does not decompose."""

_LIGATURES = {"ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE"}


def _words(text: str) -> str:
    return f"""
        CREATE OR REPLACE FUNCTION tasks.words(content text) RETURNS text
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN regexp_replace({text}, '[!-/:-@[-`{{-~]+', ' ', 'g')
    """


def _without_accents(text: str) -> str:
    bare = f"regexp_replace(normalize({text}, NFKD), '[\\u0300-\\u036f]+', '', 'g')"
    bare = _LETTERS.format(f"normalize({bare}, NFKC)")
    for letter, letters in _LIGATURES.items():
        bare = f"replace({bare}, '{letter}', '{letters}')"
    return bare


def upgrade() -> None:
    op.execute(_words(_without_accents("content")))
    _index_anew()


def downgrade() -> None:
    op.execute(_words("normalize(content, NFKC)"))
    _index_anew()


def _index_anew() -> None:
    """Setting the title computes the column ``search``; the words of ASCII are what they were."""
    op.execute("""
        UPDATE tasks.task
        SET title = title
        WHERE octet_length(title) > char_length(title)
            OR octet_length(description) > char_length(description)
    """)

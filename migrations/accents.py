"""Text without accents, in SQL. Revisions use it: its results must stay the same."""

_LETTERS = "translate({}, 'ØøŁłĐđĦħıŦŧ', 'OoLlDdHhiTt')"
"""Letters with a stroke, which Unicode does not decompose."""

_LIGATURES = {"ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE"}


def without_accents(text: str) -> str:
    """The expression for ``text`` without its accents."""
    bare = f"regexp_replace(normalize({text}, NFKD), '[\\u0300-\\u036f]+', '', 'g')"
    bare = _LETTERS.format(f"normalize({bare}, NFKC)")
    for letter, letters in _LIGATURES.items():
        bare = f"replace({bare}, '{letter}', '{letters}')"
    return bare

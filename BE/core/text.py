"""Makes text from clients safe to show: in a terminal, a log, a list of sessions."""

from BE.core.types import is_unprintable


def without_unprintable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(character for character in text if not is_unprintable(character))


def escaped(text: str, *, keep: str = "") -> str:
    r"""``text`` with terminal control characters written as ``\x1b``, except those to keep."""
    if text.isprintable():
        return text
    return "".join(
        character
        if character.isprintable() or character in keep
        else character.encode("unicode_escape").decode()
        for character in text
    )

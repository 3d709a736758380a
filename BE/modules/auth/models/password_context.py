import re
from collections.abc import Iterable

_WORD_MIN_LENGTH = 3


_NAME_MIN_LENGTH = 4


def contains_context(password: str, *, words: Iterable[str], names: Iterable[str]) -> bool:
    """Whether ``password`` contains one of ``words`` or a part of one of ``names``.

    Words of less than three and parts of less than four characters do not count.
    """
    parts = (part for name in names for part in re.split(r"\W+", name))
    found = [
        *(word for word in words if len(word) >= _WORD_MIN_LENGTH),
        *(part for part in parts if len(part) >= _NAME_MIN_LENGTH),
    ]
    lowered = password.casefold()
    return any(word.casefold() in lowered for word in found)

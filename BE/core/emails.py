"""When two email addresses are one."""

import string

_FOLDED = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def identity_of(email: str) -> str:
    """The form in which addresses are stored, compared and counted.

    It folds the letters of ASCII and no others: mailboxes that a wider folding joins (``ß`` and
    ``ss``, ``İ`` and ``i``) belong to different people.
    """
    return email.translate(_FOLDED)

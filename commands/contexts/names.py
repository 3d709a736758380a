"""The names of a context, and the rules for them."""

import builtins
import keyword
import re
from collections.abc import Callable
from dataclasses import dataclass

LONGEST = 24
"""Longer names do not fit into the lines of the template."""

_SNAKE = re.compile(r"[a-z]+(_[a-z]+)*")
_OF_SCRIPTS = {
    *("case", "catch", "const", "debugger", "default", "delete", "do", "enum", "export"),
    *("extends", "false", "function", "implements", "instanceof", "interface", "let", "new"),
    *("null", "package", "private", "protected", "public", "static", "super", "switch", "this"),
    *("throw", "true", "typeof", "undefined", "var", "void"),
}
_OF_THE_APPLICATION = {"core", "commands", "events", "idempotency", "live", "public"}
_SOUNDS_LIKE_A_CONSONANT = ("eu", "one", "uni", "use", "usu", "uti")
_SILENT = ("heir", "honest", "honour", "hour")


class UnfitName(Exception):
    """The message is a sentence that says why, and what would be accepted."""


@dataclass(frozen=True, slots=True)
class Names:
    """The plural and singular name, in snake case: ``sample_notes``, ``sample_note``."""

    many: str
    one: str

    @classmethod
    def of(cls, many: str, one: str | None = None) -> "Names":
        """Raises :class:`UnfitName`."""
        _require_fit(many)
        names = cls(many, one if one is not None else _singular(many))
        _require_fit(names.one)
        if names.one == many:
            raise UnfitName(
                f"One and many must be told apart: name the context {many}_list, or give another"
                " --singular."
            )
        return names

    @property
    def forms(self) -> dict[str, tuple[str, str]]:
        """Plural and singular, by style of writing."""
        return {form: (write(self.many), write(self.one)) for form, write in _FORMS.items()}

    @property
    def article(self) -> str:
        return article(self.one)


def article(word: str) -> str:
    """By how the word sounds: "a" or "an"."""
    is_vowel = word[0] in "aeiou" and not word.startswith(_SOUNDS_LIKE_A_CONSONANT)
    return "an" if is_vowel or word.startswith(_SILENT) else "a"


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _camel(name: str) -> str:
    return name[0] + _pascal(name)[1:]


def _kebab(name: str) -> str:
    return name.replace("_", "-")


def _words(name: str) -> str:
    return name.replace("_", " ")


def _sentence(name: str) -> str:
    return _words(name).capitalize()


_FORMS: dict[str, Callable[[str], str]] = {
    "upper": str.upper,
    "pascal": _pascal,
    "camel": _camel,
    "snake": str,
    "kebab": _kebab,
    "sentence": _sentence,
    "words": _words,
}


def _singular(many: str) -> str:
    *before, last = many.split("_")
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch")):
        if last.endswith(ending):
            return "_".join((*before, last.removesuffix(ending) + instead))
    if last.endswith("shes"):
        return "_".join((*before, last.removesuffix("es")))
    if last.endswith("s") and not last.endswith(("ss", "us", "is")) and last != "s":
        return "_".join((*before, last.removesuffix("s")))
    raise UnfitName(f"What is one of {many} called? Give it by --singular.")


def _require_fit(name: str) -> None:
    """Raises :class:`UnfitName`."""
    if not _SNAKE.fullmatch(name):
        raise UnfitName(
            f"{name} is no name of a context: take small letters, and _ between words, such as"
            " meeting_rooms."
        )
    if len(name) > LONGEST:
        raise UnfitName(f"{name} is too long: take at most {LONGEST} letters.")
    if keyword.iskeyword(name) or keyword.issoftkeyword(name) or name in dir(builtins):
        raise UnfitName(f"{name} is a word of Python: take another name.")
    if name in _OF_SCRIPTS:
        raise UnfitName(f"{name} is a word of JavaScript: take another name.")
    if name in _OF_THE_APPLICATION or name.startswith("pg_"):
        raise UnfitName(f"{name} is a name of the application's own: take another one.")
    if name in _words_of_sql():
        raise UnfitName(f"{name} is a word of SQL: take another name.")


def _words_of_sql() -> set[str]:
    from pglast import keywords

    return {
        *keywords.RESERVED_KEYWORDS,
        *keywords.TYPE_FUNC_NAME_KEYWORDS,
        *keywords.COL_NAME_KEYWORDS,
    }

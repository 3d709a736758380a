from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

_MAX_LENGTH = 4096
_READ = frozenset({"code", "state", "error", "iss"})


@dataclass(frozen=True, slots=True)
class Arrival:
    """A provider's answer, brought by the browser (RFC 6749 §4.1.2, RFC 9207). Not verified."""

    code: str | None = None
    state: str | None = None
    error: str | None = None
    iss: str | None = None

    @classmethod
    def read(cls, query: Sequence[tuple[str, str]]) -> Self:
        """An empty, too long or repeated parameter counts as missing."""
        said = [(name, value) for name, value in query if name in _READ]
        names = [name for name, _ in said]
        return cls(
            **{
                name: value
                for name, value in said
                if names.count(name) == 1 and 0 < len(value) <= _MAX_LENGTH
            }
        )

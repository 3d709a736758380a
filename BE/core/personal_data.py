"""The data that contexts hold about a user, for a user who requests all of it."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

type Rows = AsyncIterator[Sequence[Mapping[str, Any]]]
"""Rows by the names of their columns, in batches."""

BATCH = 100
"""How many rows a batch has, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held[C]:
    """A part of a context's data about a user, declared in its ``wiring.py``."""

    name: str
    """The name of its file."""
    about: str
    """A sentence for the user, without a full stop."""
    tables: tuple[str, ...]
    """The table that holds it."""
    read: Callable[[C, UUID], Rows]
    """Reads it through the objects of the context, without any secret."""


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    about: str
    read: Callable[[UUID], Rows]


class PersonalData:
    """The parts of all contexts, which declare them when the application starts."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.withheld: list[str] = []
        """Data that the file leaves out, and why: a sentence for each table."""

    def add[C](self, held: Iterable[Held[C]], withheld: Mapping[str, str], objects: C) -> None:
        self.parts += [Part(part.name, part.about, partial(part.read, objects)) for part in held]
        self.withheld += withheld.values()

"""The chain of revisions in ``versions/``, read and checked before anything is applied."""

import runpy
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from BE.core.exceptions import UnavailableError

VERSIONS = Path(__file__).with_name("versions")


class RevisionConflict(UnavailableError):
    """The files in ``versions/`` are not one chain; the message names those that do not fit."""


class UnknownRevision(Exception):
    """There is no such revision; the message names it."""


@dataclass(frozen=True, slots=True)
class Revision:
    id: str
    parent: str | None
    title: str
    file: Path

    @property
    def is_transactional(self) -> bool:
        """Whether all of it is one transaction: no part stands in an ``autocommit_block``."""
        return "autocommit_block(" not in self.file.read_text()


@dataclass(frozen=True, slots=True)
class Plan:
    """The revisions to apply in this order, or to undo."""

    revisions: tuple[Revision, ...]
    is_upgrade: bool


class RevisionChain:
    """The revisions from the first to the newest."""

    def __init__(self, revisions: Iterable[Revision]) -> None:
        self._revisions = tuple(revisions)
        self._ids = [revision.id for revision in self._revisions]

    @classmethod
    def read(cls, directory: Path = VERSIONS) -> "RevisionChain":
        """Raises :class:`RevisionConflict`."""
        return cls(_in_order([_read(file) for file in sorted(directory.glob("[!_.]*.py"))]))

    def __contains__(self, revision: str) -> bool:
        return revision in self._ids

    @property
    def newest(self) -> str:
        return self._ids[-1]

    def plan(self, applied: str | None, target: str) -> Plan:
        """What leads from ``applied`` (``None``: nothing) to ``target``.

        Raises :class:`UnknownRevision`.
        """
        if applied is not None and applied not in self:
            raise UnknownRevision(
                f"The database is at revision {applied}, which this version does not have: migrate"
                " with the version that has it."
            )
        start = 0 if applied is None else self._ids.index(applied) + 1
        end = self._position(target)
        if end >= start:
            return Plan(self._revisions[start:end], is_upgrade=True)
        return Plan(tuple(reversed(self._revisions[end:start])), is_upgrade=False)

    def _position(self, target: str) -> int:
        """How many revisions are applied at ``target``."""
        if target == "base":
            return 0
        if target == "head":
            return len(self._ids)
        if target not in self:
            raise UnknownRevision(f"There is no revision {target}.")
        return self._ids.index(target) + 1


def _read(file: Path) -> Revision:
    names = runpy.run_path(str(file))
    if not isinstance(names.get("revision"), str):
        raise RevisionConflict(f"{file.name} has no revision: give it a number of its own.")
    title = (names.get("__doc__") or file.stem).strip().partition("\n")[0]
    return Revision(names["revision"], names.get("down_revision"), title, file)


def _in_order(revisions: list[Revision]) -> Iterable[Revision]:
    for number, count in Counter(revision.id for revision in revisions).items():
        if count > 1:
            files = _names(revision for revision in revisions if revision.id == number)
            raise RevisionConflict(
                f"{files} have the same revision, {number}: give one another number and let it"
                " follow the other; nothing was applied."
            )
    by_parent: dict[object, Revision] = {}
    for revision in revisions:
        if other := by_parent.get(revision.parent):
            raise RevisionConflict(
                f"{_names([other, revision])} both follow {revision.parent or 'nothing'}, so the"
                " schema would have two heads: let one follow the other; nothing was applied."
            )
        by_parent[revision.parent] = revision
    ordered: list[Revision] = []
    while following := by_parent.pop(ordered[-1].id if ordered else None, None):
        ordered.append(following)
    for parent, revision in by_parent.items():
        raise RevisionConflict(
            f"{revision.file.name} follows {parent}, which is not there; nothing was applied."
        )
    return ordered


def _names(revisions: Iterable[Revision]) -> str:
    return " and ".join(revision.file.name for revision in revisions)

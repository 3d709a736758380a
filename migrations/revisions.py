"""The revisions of both lanes, read, checked and put in order before anything is applied."""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from BE.core.exceptions import UnavailableError
from migrations.lanes import HOME, TEAM, TEMPLATE, Lane

VERSIONS = HOME / TEMPLATE.folder

type Applied = Mapping[Lane, str]
"""The newest applied revision of each lane; a lane without one is missing."""


class RevisionConflict(UnavailableError):
    """The files of a lane are not one chain; the message names those that do not fit."""


class UnknownRevision(Exception):
    """There is no such revision; the message names it."""


@dataclass(frozen=True, slots=True)
class Revision:
    id: str
    parent: str | None
    title: str
    file: Path
    lane: Lane = TEMPLATE
    after: str | None = None
    """For the team's: the template's revision that it builds on."""
    replaces: str | None = None
    """For the team's: its number in the template's lane, from before the team had one."""

    @property
    def is_transactional(self) -> bool:
        """Whether all of it is one transaction: nothing is in an ``autocommit_block``."""
        return "autocommit_block(" not in self.file.read_text()


@dataclass(frozen=True, slots=True)
class Plan:
    """The revisions to apply in this order, or to undo."""

    revisions: tuple[Revision, ...]
    is_upgrade: bool


class RevisionChain:
    """All revisions in order: each of the team's after the one of the template it builds on."""

    def __init__(self, revisions: Iterable[Revision]) -> None:
        self._revisions = tuple(revisions)
        self._ids = [revision.id for revision in self._revisions]

    @classmethod
    def read(cls, home: Path = HOME) -> "RevisionChain":
        """Raises :class:`RevisionConflict`."""
        template, team = _read_lane(home, TEMPLATE), _read_lane(home, TEAM)
        _require_distinct([*template, *team])
        return cls(_merged(_in_order(template), _in_order(team)))

    def __contains__(self, revision: str) -> bool:
        return revision in self._ids

    def newest(self, lane: Lane) -> str | None:
        """``None`` if the lane is empty."""
        return next(
            (revision.id for revision in reversed(self._revisions) if revision.lane == lane), None
        )

    def is_behind(self, applied: Applied) -> bool:
        """Whether a revision of this code is missing; a database that is ahead is not behind."""
        return any(
            newest is not None
            and (lane not in applied or (applied[lane] in self and applied[lane] != newest))
            for lane in (TEMPLATE, TEAM)
            for newest in [self.newest(lane)]
        )

    def moved(self, applied: Applied) -> Applied:
        """``applied``, but in both lanes for a database from before the team had one.

        The template's lane of such a database ends with a team's revision. That one comes before
        the template's of the same number, so only such a database is at that number.
        """
        if TEAM not in applied:
            for revision in self._revisions:
                if revision.replaces is not None and revision.replaces == applied.get(TEMPLATE):
                    return {TEMPLATE: revision.after or "", TEAM: revision.id}
        return applied

    def plan(self, applied: Applied, target: str) -> Plan:
        """The steps from ``applied`` to ``target``: ``head``, ``base`` or an id.

        Raises :class:`UnknownRevision`.
        """
        done = self._done(applied)
        end = self._position(target)
        if target != "head" and (end == 0 or self._ids[end - 1] in done):
            undone = [revision for revision in self._revisions[end:] if revision.id in done]
            return Plan(tuple(reversed(undone)), is_upgrade=not undone)
        pending = (revision for revision in self._revisions[:end] if revision.id not in done)
        return Plan(tuple(pending), is_upgrade=True)

    def _done(self, applied: Applied) -> set[str]:
        """Every revision that is applied."""
        done: set[str] = set()
        for lane, newest in applied.items():
            ids = [revision.id for revision in self._revisions if revision.lane == lane]
            if newest not in ids:
                raise UnknownRevision(
                    f"The database is at revision {newest}, which this version does not have:"
                    " migrate with the version that has it."
                )
            done.update(ids[: ids.index(newest) + 1])
        return done

    def _position(self, target: str) -> int:
        """How many revisions are applied at ``target``."""
        if target == "base":
            return 0
        if target == "head":
            return len(self._ids)
        if target not in self:
            raise UnknownRevision(f"There is no revision {target}.")
        return self._ids.index(target) + 1


def _read_lane(home: Path, lane: Lane) -> list[Revision]:
    return [_read(file, lane) for file in sorted((home / lane.folder).glob("[!_.]*.py"))]


def _read(file: Path, lane: Lane) -> Revision:
    tree = ast.parse(file.read_text(), str(file))
    names = dict(_literals(tree))
    if not isinstance(names.get("revision"), str):
        raise RevisionConflict(f"{file.name} has no revision: give it a number of its own.")
    title = (ast.get_docstring(tree) or file.stem).partition("\n")[0]
    revision = Revision(
        names["revision"],
        names.get("down_revision"),
        title,
        file,
        lane,
        names.get("after"),
        names.get("replaces"),
    )
    if lane == TEAM:
        _require_place(revision)
    return revision


def _literals(tree: ast.Module) -> Iterator[tuple[str, Any]]:
    """The file's top-level assignments, parsed and not executed, which would need Alembic."""
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                with suppress(ValueError):
                    yield name, ast.literal_eval(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                with suppress(ValueError):
                    yield name, ast.literal_eval(value)


def _require_place(revision: Revision) -> None:
    if not re.fullmatch(r"t\d+", revision.id):
        raise RevisionConflict(
            f"{revision.file.name} is in the team's folder and has the number {revision.id}, which"
            " a release of the template may take: call it t0001 or the next that is free."
        )
    if revision.after is None:
        raise RevisionConflict(
            f"{revision.file.name} has no `after`: name the newest revision in {TEMPLATE.folder}/."
        )


def _require_distinct(revisions: list[Revision]) -> None:
    for number, count in Counter(revision.id for revision in revisions).items():
        if count > 1:
            files = _names(revision for revision in revisions if revision.id == number)
            raise RevisionConflict(
                f"{files} have the same revision, {number}: give one another number and let it"
                " follow the other; nothing was applied."
            )


def _merged(template: list[Revision], team: list[Revision]) -> Iterable[Revision]:
    """One order for both lanes, in which a new database takes the same steps as an old one."""
    places: dict[Any, int] = {revision.id: place for place, revision in enumerate(template)}
    placed = [((place, 0), revision) for place, revision in enumerate(template)]
    place = -1
    for number, revision in enumerate(team, start=1):
        if revision.after not in places:
            raise RevisionConflict(
                f"{revision.file.name} comes after {revision.after}, which is not there; nothing"
                " was applied."
            )
        place = max(place, places[revision.after])
        placed.append(((place, number), revision))
    return [revision for _, revision in sorted(placed, key=lambda pair: pair[0])]


def _in_order(revisions: list[Revision]) -> list[Revision]:
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

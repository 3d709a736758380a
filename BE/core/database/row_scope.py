"""Whose rows the statements of a task may touch.

PostgreSQL enforces it in transactions; elsewhere too, the ``owner_id`` of returned rows is checked.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from BE.core.context import RequestContext, current_request
from BE.core.product import SLUG

SERVING_ROLE: Final = f"{SLUG}_service"
"""The role of transactions. It owns nothing, so row-level security binds it."""

MAY_TAKE_ROLE: Final = """pg_has_role(
    oid,
    CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END
)"""
"""On ``pg_roles``: since PostgreSQL 16 a role's creator is a member who may not assume it."""


class ForeignRowsError(RuntimeError):
    """A statement has returned rows of another owner"""


@dataclass(frozen=True, slots=True)
class RowScope:
    owners: tuple[UUID, ...] | None
    """``None``: anybody's rows, for work of the system."""
    holds_reads: bool = False
    """Whether PostgreSQL enforces it outside transactions too: each statement gets its own."""

    @property
    def setting(self) -> str:
        owners = "anybody" if self.owners is None else ",".join(map(str, self.owners))
        return f"SET LOCAL rows.owners = '{owners}'"

    def require_owned(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Raises :class:`ForeignRowsError` if the ``owner_id`` of a row is outside the scope.

        Rows without an owner are admitted, and those of the caller: a request about a team may
        enqueue a job, which belongs to the caller.
        """
        if self.owners is None or self is NOBODY or not rows or "owner_id" not in rows[0]:
            return
        checked = None  # most rows have the owner of the one before
        for row in rows:
            owner = row["owner_id"]
            if owner != checked and not self._admits(owner):
                raise ForeignRowsError
            checked = owner

    def _admits(self, owner: UUID | None) -> bool:
        return owner is None or owner in (self.owners or ()) or owner == _caller_id()


NOBODY: Final = RowScope((UUID(int=0),))


@dataclass(frozen=True, slots=True)
class _Entered:
    scope: RowScope
    request: RequestContext | None


_entered: ContextVar[_Entered | None] = ContextVar("row_scope", default=None)


def current_scope() -> RowScope:
    """Ignores the scope of an earlier request that the same task served."""
    entered = _entered.get()
    if entered is None or entered.request is not current_request():
        return NOBODY
    return entered.scope


def _caller_id() -> UUID | None:
    request = current_request()
    return request.actor_id if request is not None else None


def enter_rows_of(*owners: UUID, holds_reads: bool = False) -> None:
    """From here on, the request being served touches rows of ``owners``: users or teams."""
    _enter(_of(owners, holds_reads=holds_reads))


@contextmanager
def rows_of(*owners: UUID) -> Iterator[None]:
    """The block touches rows of ``owners``: users or teams."""
    with _within(_of(owners)):
        yield


@contextmanager
def rows_of_anybody() -> Iterator[None]:
    """The block is work of the system and touches anybody's rows."""
    with _within(RowScope(None)):
        yield


def _of(owners: tuple[UUID, ...], *, holds_reads: bool = False) -> RowScope:
    return RowScope(owners or NOBODY.owners, holds_reads)


def _enter(scope: RowScope) -> None:
    _entered.set(_Entered(scope, current_request()))


@contextmanager
def _within(scope: RowScope) -> Iterator[None]:
    before = _entered.get()
    _enter(scope)
    try:
        yield
    finally:
        _entered.set(before)

"""Which role in the path's team a route requires: it declares it beside its access."""

from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID

from fastapi import Depends, Request

from BE.core.http.access import ONLY_READ, Gate, current_user
from BE.core.security.team_roles import RoleTooLow, TeamNotFound, TeamRole, is_at_least

_NAMES_A_TEAM = "{team_id}"


class Memberships(Protocol):
    """The members of teams, which the core does not know."""

    def known_role_of(self, user_id: UUID, team_id: UUID) -> TeamRole | None:
        """A recent one, which suffices for reading. ``None``: call :meth:`role_of`."""

    async def role_of(self, user_id: UUID, team_id: UUID) -> TeamRole | None:
        """``None``: the user is no member, or there is no such team."""


class TeamGate(Gate):
    """Runs after the access and the scope. To a caller who is no member the team does not exist."""

    refuses_with = (403, 404)

    def __init__(self, reading: TeamRole, writing: TeamRole) -> None:
        self._reading = reading
        self._writing = writing

    async def __call__(self, request: Request) -> None:
        try:
            team_id = UUID(request.path_params["team_id"])
        except ValueError:
            return  # no route accepts it
        principal = await current_user(request)
        members: Memberships = request.app.state.container.known_roles()
        needed = self.role_for(request.method)
        if request.method in ONLY_READ:
            known = members.known_role_of(principal.user_id, team_id)
            if known is not None and is_at_least(known, needed):
                return
        role = await members.role_of(principal.user_id, team_id)
        if role is None:
            raise TeamNotFound
        if not is_at_least(role, needed):
            raise RoleTooLow

    def role_for(self, method: str) -> TeamRole:
        return self._reading if method in ONLY_READ else self._writing


def in_team(role: TeamRole, writing: TeamRole | None = None) -> Any:
    """After the access: for members of ``{team_id}`` of the path with this role or a higher one.

    ``writing`` may require another one.
    """
    return Depends(TeamGate(role, writing or role))


def team_gate_among(path: str, gates: Sequence[Gate]) -> TeamGate | None:
    """Raises :class:`TypeError` unless a path that names a team has one, after all others."""
    found = [gate for gate in gates if isinstance(gate, TeamGate)]
    if len(found) != (_NAMES_A_TEAM in path):
        raise TypeError(f"{path} must declare in_team(…) once if it has {_NAMES_A_TEAM}, else not")
    if found and gates[-1] is not found[0]:
        raise TypeError(f"{path} must declare in_team(…) after who may call it and which scope")
    return found[0] if found else None

"""What a member of a team may do: each role includes the ones below it."""

from typing import Literal

from BE.core.exceptions import ForbiddenError, NotFoundError

type TeamRole = Literal["viewer", "member", "admin", "owner"]

_ASCENDING: tuple[TeamRole, ...] = ("viewer", "member", "admin", "owner")


def is_at_least(role: TeamRole, needed: TeamRole) -> bool:
    return _ASCENDING.index(role) >= _ASCENDING.index(needed)


class TeamNotFound(NotFoundError):
    """There is no such team"""


class RoleTooLow(ForbiddenError):
    """Your role in this team does not allow this"""

from collections.abc import Sequence
from uuid import UUID

from BE.core.exceptions import ConflictError, Detail, ForbiddenError, NotFoundError


class MemberNotFound(NotFoundError):
    """There is no such member of this team"""


class LastOwner(ConflictError):
    """A team needs an owner: make another member an owner first, or delete the team"""

    code = "LAST_OWNER"

    def __init__(self, *teams: tuple[UUID, str]) -> None:
        """``teams`` are those that no one else owns, by id and name."""
        details: Sequence[Detail] = [
            Detail(
                f"teams.{team_id}",
                f"You would leave {name} without an owner: make another member an owner, or"
                " delete the team",
                "last_owner",
            )
            for team_id, name in teams
        ]
        super().__init__(details=details)


class InvitationNotFound(NotFoundError):
    """There is no such invitation, or not any more"""


class InvitedByAnotherEmail(ForbiddenError):
    """This invitation was sent to another email address than yours: sign in with that one"""


class TooManyMembers(ConflictError):
    """A team has too many members"""

    def __init__(self, most: int) -> None:
        super().__init__(f"The team has {most} members, which is the most")


class TooManyInvitations(ConflictError):
    """Too many invitations of a team wait"""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"{most} invitations wait, which is the most: revoke one that is not needed"
        )


class TooManyTeams(ConflictError):
    """An owner has too many teams"""

    def __init__(self, most: int) -> None:
        super().__init__(f"You own {most} teams, which is the most: delete one that is not needed")

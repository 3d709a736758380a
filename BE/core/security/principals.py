from dataclasses import dataclass
from typing import Literal
from uuid import UUID

type Role = Literal["user", "admin"]
"""What the holder of an access token may do."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The user that a request acts for, by its access token."""

    user_id: UUID
    session_id: UUID
    role: Role

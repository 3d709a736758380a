from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from BE.core.types import Role


class ProfileChanges(TypedDict, total=False):
    """What a change sets; what is absent stays."""

    full_name: str
    username: str | None


@dataclass(frozen=True, slots=True)
class User:
    """Who somebody is. Email, role and status are copies: auth owns them and tells of changes."""

    id: UUID
    email: str
    username: str | None
    full_name: str
    role: Role
    is_active: bool
    version: int
    created_at: datetime
    updated_at: datetime

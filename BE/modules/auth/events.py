from dataclasses import dataclass
from uuid import UUID

from BE.core.events import Event
from BE.core.types import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(Event):
    name = "user.password_changed"

    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRegistered(Event):
    name = "user.registered"

    user_id: UUID
    email: str
    role: Role
    full_name: str
    username: str | None

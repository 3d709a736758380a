from dataclasses import dataclass
from uuid import UUID

from BE.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRegistered(Event):
    name = "user.registered"

    user_id: UUID
    email: str
    role: str
    full_name: str
    username: str | None

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from BE.core.types import FullName, RequestSchema, ResponseSchema, Role, Username
from BE.modules.users.models import User


class ChangeProfileRequest(RequestSchema):
    full_name: FullName = Field(default_factory=str)  # may be absent, not null
    username: Username | None = None


class UserResponse(ResponseSchema):
    id: UUID
    email: str
    username: str | None
    full_name: str
    role: Role
    is_active: bool
    created_at: datetime
    updated_at: datetime


def user_response(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in UserResponse.model_fields}

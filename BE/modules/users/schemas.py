from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from BE.core.emails import Email
from BE.core.http.pagination import PageQuery, PageResponse
from BE.core.security.principals import Role
from BE.core.types import STORABLE, Matching, Password, RequestSchema, ResponseSchema, new_id
from BE.modules.auth.events import FullName, Username
from BE.modules.users.models import User, UserDraft, UserFilter, UserOrder, UserSort

_BULK = 500

Search = Annotated[
    str,
    StringConstraints(max_length=100),
    Matching(
        r"^[^\x00-\x1f\x7f]*$",
        "string_unprintable",
        "Text must not contain line breaks or control characters",
    ),
    STORABLE,
]


class ChangeProfileRequest(RequestSchema):
    full_name: FullName = Field(default_factory=str)  # may be absent, not null
    username: Username | None = None


class CreateUserRequest(RequestSchema):
    email: Email
    password: Password
    full_name: FullName
    username: Username | None = None
    role: Role = "user"

    def to_draft(self) -> UserDraft:
        return UserDraft(new_id(), **self.model_dump())


CreateUsersRequest = Annotated[list[CreateUserRequest], Field(min_length=1, max_length=_BULK)]


class ChangeUserRequest(ChangeProfileRequest):
    role: Role = Field(default_factory=lambda: "user")  # may be absent, not null
    is_active: bool = Field(default_factory=bool)


class DeleteMeRequest(RequestSchema):
    password: Password | None = Field(
        default=None, description="Not needed for an account that has no password."
    )


class FindUsersQuery(PageQuery):
    is_active: bool | None = None
    role: Role | None = None
    search: Search | None = None
    sort_by: UserSort = "created_at"
    sort_order: Literal["asc", "desc"] | None = None
    total: bool = Field(default=False, description="Also count every user that matches")

    @property
    def filter(self) -> UserFilter:
        return UserFilter(role=self.role, is_active=self.is_active, search=self.search)

    @property
    def order(self) -> UserOrder:
        usual = "desc" if self.sort_by == "created_at" else "asc"
        return UserOrder(by=self.sort_by, descending=(self.sort_order or usual) == "desc")


class UserResponse(ResponseSchema):
    id: UUID
    email: str
    username: str | None
    full_name: str
    role: Role
    is_active: bool
    version: int
    created_at: datetime
    updated_at: datetime


class ListedUserResponse(UserResponse):
    """A user in the lists for admins."""

    email_verified: bool


class UsersResponse(ResponseSchema):
    items: list[UserResponse]


class UserPageResponse(PageResponse[ListedUserResponse]):
    # a generated default is none to OpenAPI: without `total=true` the field is absent
    total: int = Field(default_factory=int, description="How many users match, with `total=true`")


class UserStatsResponse(ResponseSchema):
    total_users: int
    active_users: int
    inactive_users: int
    admins: int
    new_users_today: int
    new_users_week: int
    timestamp: datetime


def user_response(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in UserResponse.model_fields}


def listed_user_response(user: User, *, verified: set[UUID]) -> dict[str, Any]:
    return {**user_response(user), "email_verified": user.id in verified}

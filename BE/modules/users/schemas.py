from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from BE.core.pagination import Page, PageQuery
from BE.core.types import STORABLE, FullName, RequestSchema, ResponseSchema, Role, Username
from BE.modules.users.models import Filter, Order, Sort, User

Search = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$"), STORABLE]


class ChangeProfileRequest(RequestSchema):
    full_name: FullName = Field(default_factory=str)  # may be absent, not null
    username: Username | None = None


class ChangeUserRequest(ChangeProfileRequest):
    role: Role = Field(default_factory=lambda: "user")  # may be absent, not null
    is_active: bool = Field(default_factory=bool)


class FindUsersQuery(PageQuery):
    is_active: bool | None = None
    role: Role | None = None
    search: Search | None = None
    sort_by: Sort = "created_at"
    sort_order: Literal["asc", "desc"] | None = None

    @property
    def filter(self) -> Filter:
        return Filter(role=self.role, is_active=self.is_active, search=self.search)

    @property
    def order(self) -> Order:
        usual = "desc" if self.sort_by == "created_at" else "asc"
        return Order(by=self.sort_by, descending=(self.sort_order or usual) == "desc")


class UserResponse(ResponseSchema):
    id: UUID
    email: str
    username: str | None
    full_name: str
    role: Role
    is_active: bool
    created_at: datetime
    updated_at: datetime


class UserPageResponse(ResponseSchema):
    items: list[UserResponse]
    next_cursor: str | None


def user_response(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in UserResponse.model_fields}


def user_page_response(page: Page[User]) -> dict[str, Any]:
    return {"items": [user_response(each) for each in page.items], "next_cursor": page.next_cursor}

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypedDict
from uuid import UUID

from BE.core.security.principals import Role
from BE.core.types import record

type UserSort = Literal["created_at", "email", "full_name", "username"]


class ProfileChanges(TypedDict, total=False):
    """The fields that a change sets; absent ones stay."""

    full_name: str
    username: str | None


class AccountChanges(TypedDict, total=False):
    """The part of a change that ``auth`` decides on."""

    role: Role
    is_active: bool


class UserChanges(ProfileChanges, AccountChanges):
    """The fields that an admin may change."""


@dataclass(frozen=True, slots=True)
class UserDraft:
    """A user to create, with the password of the account."""

    id: UUID
    email: str
    password: str = field(repr=False)
    full_name: str
    username: str | None
    role: Role


@dataclass(frozen=True, slots=True)
class ProfileDraft:
    id: UUID
    email: str
    username: str | None
    full_name: str
    role: Role


@record
class User:
    """A user's profile. Email, role and status are copies of ``auth``'s, for the lists."""

    id: UUID
    email: str
    username: str | None
    full_name: str
    role: Role
    is_active: bool
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class UserFilter:
    """Which users a list shows; ``None`` shows all."""

    role: Role | None = None
    is_active: bool | None = None
    search: str | None = None
    """A substring of the username, the email or the full name, without regard to case and
    accents."""


@dataclass(frozen=True, slots=True)
class UserOrder:
    """By a column, text without regard to case, then by id. Users without a username come last."""

    by: UserSort
    descending: bool


class UserStats(TypedDict):
    """Counts at ``timestamp``. Days and weeks are those of UTC; a week begins on Monday."""

    total_users: int
    active_users: int
    inactive_users: int
    admins: int
    new_users_today: int
    new_users_week: int
    timestamp: str

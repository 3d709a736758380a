from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import StringConstraints

from BE.core.pagination import Page
from BE.core.types import STORABLE, Email, FullName, RequestSchema, ResponseSchema, Role, Username
from BE.modules.auth.models import Account, OpenSession, SignIn

Password = Annotated[str, StringConstraints(max_length=256), STORABLE]


class RegisterRequest(RequestSchema):
    email: Email
    password: Password
    full_name: FullName
    username: Username | None = None


class LoginRequest(RequestSchema):
    email: Email
    password: Password


class AccountResponse(ResponseSchema):
    id: UUID
    email: str
    email_verified: bool
    role: Role
    created_at: datetime


class SignInResponse(ResponseSchema):
    access_token: str
    token_type: Literal["bearer"]
    expires_in: int
    user: AccountResponse


class MeResponse(AccountResponse):
    session_id: UUID


class SessionResponse(ResponseSchema):
    id: UUID
    created_at: datetime
    last_used_at: datetime
    user_agent: str | None
    ip: str | None
    current: bool


class SessionPageResponse(ResponseSchema):
    items: list[SessionResponse]
    next_cursor: str | None


def session_page_response(page: Page[OpenSession], current: UUID) -> dict[str, Any]:
    items = [asdict(each) | {"current": each.id == current} for each in page.items]
    return {"items": items, "next_cursor": page.next_cursor}


def account_response(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "email": account.email,
        "email_verified": account.email_verified_at is not None,
        "role": account.role,
        "created_at": account.created_at,
    }


def sign_in_response(sign_in: SignIn) -> dict[str, Any]:
    return {
        "access_token": sign_in.access_token,
        "token_type": "bearer",
        "expires_in": sign_in.expires_in,
        "user": account_response(sign_in.account),
    }

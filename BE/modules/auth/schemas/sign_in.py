from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from BE.core.emails import Email, KnownEmail
from BE.core.security.principals import Role
from BE.core.types import Password, RequestSchema, ResponseSchema
from BE.modules.auth.events import FullName, Username
from BE.modules.auth.models import Account, SignIn


class RegisterRequest(RequestSchema):
    email: Email
    password: Password
    full_name: FullName
    username: Username | None = None


class LoginRequest(RequestSchema):
    email: KnownEmail
    password: Password


class AccountResponse(ResponseSchema):
    id: UUID
    email: str
    email_verified: bool
    role: Role
    created_at: datetime


class SignedInUserResponse(AccountResponse):
    """The account with its profile, so that a front end can show who is signed in."""

    username: str | None
    full_name: str


class SignInResponse(ResponseSchema):
    access_token: str
    token_type: Literal["bearer"]
    expires_in: int
    user: SignedInUserResponse


class MeResponse(AccountResponse):
    session_id: UUID


def account_response(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "email": account.email,
        "email_verified": account.email_verified_at is not None,
        "role": account.role,
        "created_at": account.created_at,
    }


def sign_in_response(sign_in: SignIn, names: tuple[str | None, str]) -> dict[str, Any]:
    """``names`` are the username, if any, and the full name."""
    username, full_name = names
    return {
        "access_token": sign_in.access_token,
        "token_type": "bearer",
        "expires_in": sign_in.expires_in,
        "user": account_response(sign_in.account) | {"username": username, "full_name": full_name},
    }
